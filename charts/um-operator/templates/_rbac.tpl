{{/* Exactly the calls that the operator makes on resources, in whatever scope it watches. */}}
{{- define "um-operator.resourceRules" -}}
- apiGroups: [unifiedmessaging.dev]
  resources: [exchangeorganizations, lyncintegrations, umcertificates, umdialplans, umipgateways]
  verbs: [get, list, watch]
# The finalizer: where deletionPolicy is Delete, and while a server is out of service by the operator.
- apiGroups: [unifiedmessaging.dev]
  resources: [exchangeorganizations, umdialplans, umipgateways]
  verbs: [patch]
- apiGroups: [unifiedmessaging.dev]
  resources:
  - exchangeorganizations/status
  - lyncintegrations/status
  - umcertificates/status
  - umdialplans/status
  - umipgateways/status
  verbs: [patch]
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create, patch]
# Whether the namespace is being deleted.
- apiGroups: [""]
  resources: [namespaces]
  verbs: [get]
{{- end }}

{{- define "um-operator.subjects" -}}
subjects:
- kind: ServiceAccount
  name: {{ include "um-operator.serviceAccountName" . }}
  namespace: {{ .Release.Namespace }}
{{- end }}

{{- define "um-operator.approvers" -}}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: {{ include "um-operator.fullname" . }}-approver
subjects:
{{- range .Values.admissionPolicy.approvers }}
- kind: {{ .kind }}
  name: {{ .name | quote }}
  {{- if eq .kind "ServiceAccount" }}
  namespace: {{ .namespace | quote }}
  {{- else }}
  apiGroup: rbac.authorization.k8s.io
  {{- end }}
{{- end }}
{{- end }}

{{/* A release that watches some namespaces speaks for these alone. */}}
{{- define "um-operator.matchWatched" -}}
{{- with .Values.watchNamespaces }}
matchResources:
  namespaceSelector:
    matchExpressions:
    - key: kubernetes.io/metadata.name
      operator: In
      values: {{ uniq . | toJson }}
{{- end }}
{{- end }}
