{{/* The ways out that every Pod of ours needs: DNS, and the API server, whose address a NetworkPolicy cannot name. */}}
{{- define "openreg.clusterEgress" -}}
- ports:
    - { protocol: UDP, port: 53 }
    - { protocol: TCP, port: 53 }
- ports:
    {{- range .Values.networkPolicy.apiServerPorts }}
    - { protocol: TCP, port: {{ . }} }
    {{- end }}
{{- end }}
