{{/* What the operator may do in the namespaces it works in. Each right has a use in operator/src; what has none is not here. */}}
{{- define "openreg.operatorRules" -}}
# To know what people want, and what the runs do.
- apiGroups: [openreg.dev]
  resources: [connectors, destinations, artifactstores, rulesets, mappingsets, reports, reportversions, reportruns]
  verbs: [get, list, watch]
# To say what it found.
- apiGroups: [openreg.dev]
  resources: [artifactstores/status, rulesets/status, reports/status, reportruns/status]
  verbs: [patch]
# To freeze definitions, and to remove those that nothing refers to.
- apiGroups: [openreg.dev]
  resources: [reportversions]
  verbs: [create, delete]
# To pin the version, label and unlabel, hold and release by finalizer, and prune what retention says.
- apiGroups: [openreg.dev]
  resources: [reportruns]
  verbs: [patch, delete]
# To own Jobs in a way that deletion waits for them.
- apiGroups: [openreg.dev]
  resources: [reportruns/finalizers]
  verbs: [update]
# One Job per attempt.
- apiGroups: [batch]
  resources: [jobs]
  verbs: [create, get, list, watch, delete]
# To see how the Pod of an attempt fares.
- apiGroups: [""]
  resources: [pods]
  verbs: [list, watch]
# The plan of an attempt, deleted with its Job; tables and schemas that Reports name, and the copies that versions keep of
# them. It lists and watches those only that carry the label openreg.dev/watch.
- apiGroups: [""]
  resources: [configmaps]
  verbs: [create, get, list, watch, patch, delete]
# What the runs of a set of peers may connect to, made before their Job and put right when somebody changes it.
- apiGroups: [networking.k8s.io]
  resources: [networkpolicies]
  verbs: [create, get, list, watch, patch, delete]
# To say that the volume of a store is missing.
- apiGroups: [""]
  resources: [persistentvolumeclaims]
  verbs: [get]
# To tell what happened, and to read why a Pod does not start.
- apiGroups: [""]
  resources: [events]
  verbs: [create, list, patch]
{{- end }}
