{{/* The binding of a policy: everywhere, and refusing. Argument: a dict of root and name. */}}
{{- define "openreg.policyBinding" -}}
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata:
  name: {{ .name }}
  labels:
    {{- include "openreg.labels" (dict "root" .root "component" "policies") | nindent 4 }}
spec:
  policyName: {{ .name }}
  validationActions: [Deny]
{{- end }}

{{/* CEL: the requester is the operator. */}}
{{- define "openreg.isOperator" -}}
request.userInfo.username == '{{ include "openreg.operatorUser" . }}'
{{- end }}

{{/* CEL: the requester is of a break-glass group. */}}
{{- define "openreg.isBreakGlass" -}}
has(request.userInfo.groups) && request.userInfo.groups.exists(g, g in {{ .Values.policies.breakGlassGroups | toJson }})
{{- end }}
