{{/* The operator's settings, as operator/src/config.ts reads them. */}}
{{- define "openreg.operatorEnvironment" -}}
- name: OPENREG_OPERATOR_NAMESPACE
  valueFrom: { fieldRef: { fieldPath: metadata.namespace } }
- name: OPENREG_OPERATOR_NAME
  valueFrom: { fieldRef: { fieldPath: metadata.name } }
- name: OPENREG_NAMESPACES
  value: {{ join "," (uniq .Values.namespaces) | quote }}
- name: OPENREG_PORT
  value: "8080"
- name: OPENREG_LOG_LEVEL
  value: {{ .Values.operator.logLevel | quote }}
- name: OPENREG_CALLS_PER_SECOND
  value: {{ .Values.operator.apiRequestsPerSecond | quote }}
- name: OPENREG_CALLS_BURST
  value: {{ .Values.operator.apiRequestBurst | quote }}
- name: OPENREG_MAX_RUNS_PER_NAMESPACE
  value: {{ .Values.operator.maxConcurrentRunsPerNamespace | quote }}
- name: OPENREG_EVIDENCE_KEY_FILE
  value: /etc/openreg/evidence-key/private.pem
- name: OPENREG_IMAGE
  value: {{ include "openreg.runnerImage" . | quote }}
- name: OPENREG_IMAGE_PULL_POLICY
  value: {{ default .Values.image.pullPolicy .Values.runner.image.pullPolicy | quote }}
- name: OPENREG_PRIORITY_CLASSES
  value: {{ join "," .Values.runner.priorityClasses | quote }}
- name: OPENREG_RUNNER_ENV
  value: {{ .Values.runner.extraEnv | toJson | quote }}
{{- if .Values.networkPolicy.install }}
- name: OPENREG_RUN_NETWORK
  value: {{ include "openreg.runNetwork" . | quote }}
{{- end }}
- name: OPENREG_HEARTBEAT_SECONDS
  value: {{ .Values.runner.heartbeatSeconds | quote }}
- name: OPENREG_POD_START_TIMEOUT_SECONDS
  value: {{ .Values.runner.podStartTimeoutSeconds | quote }}
- name: OPENREG_BACKOFF_INITIAL_SECONDS
  value: {{ .Values.runner.retry.initialSeconds | quote }}
- name: OPENREG_BACKOFF_MAX_SECONDS
  value: {{ .Values.runner.retry.maxSeconds | quote }}
{{- with .Values.operator.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end }}
