{{/* The labels of everything in this chart. Argument: a dict of root and component. */}}
{{- define "openreg.labels" -}}
app.kubernetes.io/name: openreg
app.kubernetes.io/component: {{ .component }}
app.kubernetes.io/part-of: openreg
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end }}

{{/* The labels by which the operator's Pods are found; they never change. */}}
{{- define "openreg.operatorSelector" -}}
app.kubernetes.io/name: openreg
app.kubernetes.io/component: operator
{{- end }}

{{/* The operator's user name at the API server. */}}
{{- define "openreg.operatorUser" -}}
system:serviceaccount:{{ .Release.Namespace }}:openreg-operator
{{- end }}

{{/* An image reference; a digest wins over a tag. Argument: a dict of repository, tag and digest. */}}
{{- define "openreg.image" -}}
{{- if .digest -}}{{ .repository }}@{{ .digest }}{{- else -}}{{ .repository }}:{{ .tag }}{{- end -}}
{{- end }}

{{/* The image of run Pods: what runner.image leaves empty comes from image. */}}
{{- define "openreg.runnerImage" -}}
{{- $own := .Values.runner.image -}}
{{- $pinned := or $own.tag $own.digest -}}
{{- $tag := ternary $own.tag .Values.image.tag (not (empty $own.tag)) -}}
{{- $digest := ternary $own.digest .Values.image.digest (not (empty $pinned)) -}}
{{- include "openreg.image" (dict "repository" (default .Values.image.repository $own.repository) "tag" $tag "digest" $digest) -}}
{{- end }}

{{/* The Secret with the key that signs evidence. */}}
{{- define "openreg.evidenceSecret" -}}
{{- default "openreg-evidence-key" .Values.evidence.existingSecret -}}
{{- end }}

{{/* The namespaces of the tenants as JSON list of {namespace, egress}; a plain name is short for {namespace}. */}}
{{- define "openreg.tenants" -}}
{{- $tenants := list -}}
{{- range .Values.tenants -}}
{{- $tenants = append $tenants (kindIs "string" . | ternary (dict "namespace" .) .) -}}
{{- end -}}
{{- $tenants | toJson -}}
{{- end }}
