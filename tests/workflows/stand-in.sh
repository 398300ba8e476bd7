# Answers as the programs would that deployment scripts call; $tool is the one that was called, $WORLD what it finds.
set -eu
# A call that the test lets hang until it is killed, or fail.
if [ -e "$WORLD/hangs" ] && [[ "$tool $*" == $(<"$WORLD/hangs") ]]; then
  echo yes > "$WORLD/hanging"
  # Nobody ever writes into this pipe.
  exec 3<> <(:)
  read -r -u 3
fi
if [ -e "$WORLD/fails" ] && [[ "$tool $*" == $(<"$WORLD/fails") ]]; then exit 1; fi
case "$tool $*" in
  "curl "*"/kubectl.sha256") sha256sum "${0%/*}/kubectl" | cut -d ' ' -f 1 > kubectl.sha256 ;;
  "curl "*"/kubectl") cp "${0%/*}/kubectl" kubectl ;;
  "curl "*"--data @-"*) cat >> "$WORLD/posted" ;;
  "curl "*"--config -"*) cat > /dev/null ;;
  "curl "*"https://"*)
    if [ -e "$WORLD/answers" ]; then
      answer="$(head -n 1 "$WORLD/answers")"
      sed -i 1d "$WORLD/answers"
      if [ "$answer" = bad ]; then exit 22; fi
    fi ;;
  "docker login"*) cat > /dev/null ;;
  "docker buildx imagetools inspect "*)
    name="${4##*/}"
    if [ ! -e "$WORLD/published-${name%:*}" ]; then echo "not found" >&2; exit 1; fi
    echo "{\"digest\":\"$(<"$WORLD/published-${name%:*}")\"}" ;;
  "docker buildx build "*)
    while [ "$1" != --tag ]; do shift; done
    name="${2##*/}"
    echo "sha256:built" > "$WORLD/published-${name%:*}"
    while [ "$1" != --metadata-file ]; do shift; done
    echo '{"containerimage.digest":"sha256:built"}' > "$2" ;;
  "kubectl config view"*) printf token-in-kubeconfig ;;
  "kubectl "*" get pods "*)
    head -n 1 "$WORLD/restarts"
    if [ "$(wc -l < "$WORLD/restarts")" -gt 1 ]; then sed -i 1d "$WORLD/restarts"; fi ;;
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
  "gh api --method GET "*"/actions/workflows/drift.yml/runs "*) jq --raw-output "${*: -1}" "$WORLD/drift-runs" ;;
  "gh api --method GET "*"/actions/runs -f status=in_progress "*)
    jq --raw-output "${*: -1}" "$WORLD/under-way" ;;
  "gh api repos/"*"/actions/runs/1/jobs?"*) jq --raw-output "${*: -1}" "$WORLD/drift-jobs" ;;
  "gh api graphql "*) cat "$WORLD/deployed" ;;
  "gh api repos/"*"/compare/"*) cat "$WORLD/order" ;;
  "gh api repos/"*"/pulls/"*) cat "$WORLD/head" ;;
  "gh api --paginate "*) jq --raw-output "${5}" "$WORLD/comments" ;;
  "gh api --silent --method PATCH "*)
    jq --slurpfile new "$7" --arg id "${5##*/}" 'map(if (.id | tostring) == $id then .body = $new[0].body else . end)' \
      "$WORLD/comments" > "$WORLD/comments-new"
    mv "$WORLD/comments-new" "$WORLD/comments" ;;
  "gh api --silent --method POST "*)
    jq --slurpfile new "$7" '. + [{ id: (length + 1), user: { login: "github-actions[bot]" }, body: $new[0].body }]' \
      "$WORLD/comments" > "$WORLD/comments-new"
    mv "$WORLD/comments-new" "$WORLD/comments" ;;
  "npm run --silent kai -- engine --json") echo '{"directory":"/engine/bin"}' ;;
  "npm run --silent kai -- preview "*"--json"*) cat > /dev/null; cat "$WORLD/preview.json" ;;
  "npm run --silent kai -- preview "*) cat > /dev/null; echo "what would change in $7" ;;
  "npm run --silent kai -- migrate rehearse"*) echo "rehearsed $8" ;;
  "npm run --silent kai -- drift tell "*)
    jq --raw-output '.stacks[] | "told \(.stack): \(.outcome)"' "${10}" >> "$8"
    jq --argjson changed "$(cat "$WORLD/news")" '{ state: .outcome, changed: $changed }' "${10}" ;;
  "npm run --silent kai -- drift "*)
    cat "$WORLD/drift.json"
    echo "<!doctype html>" > "${10}"
    exit "$(cat "$WORLD/drift")" ;;
  "pulumi preview "*) echo '{"steps":[]}' ;;
esac
