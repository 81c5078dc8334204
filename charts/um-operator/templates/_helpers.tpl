{{/* The name of every object: the release's, and the chart's where the release's does not say it. */}}
{{- define "um-operator.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" }}
{{- else }}
{{- $name := default .Chart.Name .Values.nameOverride }}
{{- if contains $name .Release.Name }}
{{- .Release.Name | trunc 50 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name $name | trunc 50 | trimSuffix "-" }}
{{- end }}
{{- end }}
{{- end }}

{{- define "um-operator.selectorLabels" -}}
app.kubernetes.io/name: {{ default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "um-operator.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{ include "um-operator.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "um-operator.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "um-operator.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- default "default" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{- define "um-operator.image" -}}
{{- $name := .Values.image.repository }}
{{- with .Values.image.registry }}{{ $name = printf "%s/%s" . $name }}{{ end }}
{{- if .Values.image.digest }}
{{- printf "%s@%s" $name .Values.image.digest }}
{{- else }}
{{- printf "%s:%s" $name (default .Chart.AppVersion .Values.image.tag) }}
{{- end }}
{{- end }}

{{/* The ConfigMap with krb5.conf; empty where the library's defaults hold. */}}
{{- define "um-operator.krb5ConfigMap" -}}
{{- if .Values.kerberos.config }}
{{- printf "%s-krb5" (include "um-operator.fullname" .) }}
{{- else }}
{{- .Values.kerberos.existingConfigMap }}
{{- end }}
{{- end }}

{{/* The namespaces with accounts and CA bundles, as JSON. */}}
{{- define "um-operator.credentialNamespaces" -}}
{{- default .Values.watchNamespaces .Values.credentialNamespaces | uniq | toJson }}
{{- end }}

{{/* What only several values together can get wrong. */}}
{{- define "um-operator.validate" -}}
{{- with .Values }}
{{- if not (or .watchNamespaces .credentialNamespaces) }}
{{- fail "set watchNamespaces to the namespaces of your ExchangeOrganizations; or, to watch all namespaces, credentialNamespaces to those with the accounts" }}
{{- end }}
{{- if .watchNamespaces }}
{{- range .credentialNamespaces }}
{{- if not (has . $.Values.watchNamespaces) }}
{{- fail (printf "credentialNamespaces has %q, which watchNamespaces has not: nothing there would be read" .) }}
{{- end }}
{{- end }}
{{- end }}
{{- if and .kerberos.config .kerberos.existingConfigMap }}
{{- fail "set one of kerberos.config and kerberos.existingConfigMap" }}
{{- end }}
{{- end }}
{{- end }}

{{/* Peers of a NetworkPolicy rule: the listed addresses, or any. Takes cidrs, ports and protocols. */}}
{{- define "um-operator.egressRule" -}}
- ports:
  {{- range $port := .ports }}
  {{- range $.protocols }}
  - port: {{ $port }}
    protocol: {{ . }}
  {{- end }}
  {{- end }}
  {{- with .cidrs }}
  to:
  {{- range . }}
  - ipBlock:
      cidr: {{ . | quote }}
  {{- end }}
  {{- end }}
{{- end }}
