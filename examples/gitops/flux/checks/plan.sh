#!/bin/sh
# The check of a pull request: are the manifests valid, and what would merging them do in Exchange?
# Usage: checks/plan.sh FOLDER COMMENT [OPTION…]     options of umctl plan: --against live -n NAMESPACE takes what the
#        cluster remembers, and the account from there; without a cluster, -f FOLDER has the account's Secret
# Writes the plan as Markdown into COMMENT. Reads Exchange and changes nothing. Fails where something is not valid,
# cannot be read or would never be tried; a plan with steps is no failure.
set -u
folder=$1 comment=$2
shift 2
if ! umctl validate -f "$folder"; then
  echo "The manifests in \`$folder\` are not valid: see the log of this check." >"$comment"
  exit 1
fi
umctl plan -f "$folder" "$@" -o markdown >"$comment"
case $? in
  0 | 2) exit 0 ;;
esac
[ -s "$comment" ] || echo "There is no plan for \`$folder\`: see the log of this check." >"$comment"
exit 1
