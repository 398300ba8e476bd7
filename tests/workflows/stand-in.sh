#!/usr/bin/env bash
# Stands in for the programs that deployment scripts call: records the call and answers as the program would.
set -eu
tool="$(basename "$0")"
{ printf '%s' "$tool"; printf ' %s' "$@"; echo; } >> "$CALLS"
case "$tool $*" in
  "curl "*"/kubectl.sha256") sha256sum "$STAND_IN" | cut -d ' ' -f 1 > kubectl.sha256 ;;
  "curl "*"/kubectl") cp "$STAND_IN" kubectl ;;
  "curl "*"--data @-"*) cat >> "$POSTED" ;;
  "curl "*"--config -"*) cat > /dev/null ;;
  "docker login"*) cat > /dev/null ;;
  "docker buildx imagetools inspect "*)
    if [ ! -e "$WORLD/published" ]; then echo "not found" >&2; exit 1; fi
    echo '{"digest":"sha256:published"}' ;;
  "docker buildx build "*)
    while [ "$1" != --metadata-file ]; do shift; done
    echo '{"containerimage.digest":"sha256:built"}' > "$2" ;;
  "kubectl config view"*) printf token-in-kubeconfig ;;
  "kubectl "*" get pods "*) cat "$WORLD/restarts" ;;
  "kubectl "*" get deployment/"*)
    line="$*"
    name="${line#*deployment/}"
    cat "$WORLD/image-${name%% *}" ;;
  "kubectl "*" set image "*)
    name="${5#deployment/}"
    printf '%s' "${6#*=}" > "$WORLD/image-$name" ;;
  "kubectl "*" rollout status "*)
    if [ -e "$WORLD/unhealthy" ] && grep -q "$(cat "$WORLD/unhealthy")" "$WORLD/image-${5#deployment/}"; then exit 1; fi ;;
  "npx "*" deploy "*) echo https://site.vercel.app ;;
  "aws cloudfront create-invalidation"*) echo I1 ;;
  "npm run --silent kai -- drift"*)
    echo "what was found"
    exit "$(cat "$WORLD/drift")" ;;
esac
