{{/* The ways out that every Pod of ours needs: DNS, and the API server: a NetworkPolicy names it by address, which only the values can know. */}}
{{- define "openreg.clusterEgress" -}}
- ports:
    - { protocol: UDP, port: 53 }
    - { protocol: TCP, port: 53 }
- ports:
    {{- range .Values.networkPolicy.apiServerPorts }}
    - { protocol: TCP, port: {{ . }} }
    {{- end }}
  {{- with .Values.networkPolicy.apiServerCidrs }}
  to:
    {{- range . }}
    - ipBlock: { cidr: {{ . | quote }} }
    {{- end }}
  {{- end }}
{{- end }}

{{/* What the operator is told about the NetworkPolicies of runs, as JSON: what each reaches, and the namespaces whose tenants list all there is. */}}
{{- define "openreg.runNetwork" -}}
{{- $listed := list -}}
{{- range include "openreg.tenants" . | fromJsonArray -}}
{{- if .egress }}{{ $listed = append $listed .namespace }}{{ end -}}
{{- end -}}
{{- dict "clusterEgress" (include "openreg.clusterEgress" . | fromYamlArray) "listedNamespaces" $listed | toJson -}}
{{- end }}
