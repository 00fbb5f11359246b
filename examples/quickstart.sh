#!/bin/bash
# Builds bt and does the main job with it on this machine alone: a tracker, a published directory, a
# seeder, and two downloads into folders of their own, which must end up with the same bytes.
#
# It waits for the release build (a few minutes the first time), since that is the program to keep:
# target/release/bt. BT=path/to/bt takes one that is already built. All else happens in a temporary
# folder, on free ports of 127.0.0.1, and is gone afterwards, also after Ctrl-C.
set -euo pipefail

project=$(cd "$(dirname "$0")/.." && pwd)
if [ -z "${BT:-}" ]; then
    echo '$ cargo build --release'
    (cd "$project" && cargo build --release --locked)
    BT=${CARGO_TARGET_DIR:-$project/target}/release/bt
fi
BT=$(realpath "$BT")

folder=$(mktemp -d "${TMPDIR:-/tmp}/bt-quickstart.XXXXXX")
children=()
clean() {
    trap '' INT TERM
    if [ ${#children[@]} -gt 0 ]; then
        kill "${children[@]}" 2>/dev/null || true
        wait "${children[@]}" 2>/dev/null || true
    fi
    rm -rf "$folder"
}
trap clean EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Nothing of the user's is read or written.
export XDG_CONFIG_HOME=$folder/config XDG_STATE_HOME=$folder/state XDG_CACHE_HOME=$folder/cache
mkdir "$folder/bin"
ln -s "$BT" "$folder/bin/bt"
PATH=$folder/bin:$PATH
cd "$folder"

fail() {
    echo "quickstart: $*" >&2
    tail -n 5 ./*.log >&2
    exit 1
}

# Runs a command, shown as a user would type it.
run() {
    printf '\n$ %s\n' "$*"
    "$@" || fail "$1 $2 ended with status $?"
}

# Starts one in the background, its output in NAME.log.
start() {
    local name=$1
    shift
    printf '\n$ %s > %s.log &\n' "$*" "$name"
    : > "$name.log"
    "$@" > "$name.log" 2>&1 &
    children+=($!)
}

# The first line of NAME.log that holds the pattern, waited for while the last child lives.
await() {
    local line reader
    exec 3< <(exec tail -n +1 -f --pid="${children[-1]}" "$1.log" 2>/dev/null)
    reader=$!
    line=$(timeout 60 grep -m 1 -e "$2" <&3) || fail "waited in vain for $2 in $1.log"
    kill "$reader" 2>/dev/null || true
    exec 3<&-
    printf '%s\n' "$line"
}

echo "A directory to publish: 64 MiB in one large file, and 200 small ones."
mkdir -p album/tracks album/notes
head -c 67108864 /dev/urandom > album/tracks/long.flac
for number in $(seq 200); do
    echo "Note $number." > "album/notes/$number.txt"
done

start track bt track --port 0 --bind 127.0.0.1 --dfile dstate
announce=$(await track 'http://[0-9.:]*/announce' | grep -o 'http://[0-9.:]*/announce')
echo "The tracker: $announce"

run bt publish album "$announce" --json

start seed bt seed album.torrent --bind 127.0.0.1 --port 0
await seed '"event":"tracker"' > /dev/null

begun=${EPOCHREALTIME/[^0-9]/}
start alice bt fetch album.torrent -o alice --bind 127.0.0.1 --port 0 --timeout 60s
alice=${children[-1]}
start bob bt fetch album.torrent -o bob --bind 127.0.0.1 --port 0 --timeout 60s
bob=${children[-1]}
wait "$alice" || fail "alice's download ended with status $?"
wait "$bob" || fail "bob's download ended with status $?"
ended=${EPOCHREALTIME/[^0-9]/}

run diff -r album alice/album
run diff -r album bob/album

bytes=$(find album -type f -printf '%s\n' | awk '{ sum += $1 } END { print sum }')
awk -v bytes="$bytes" -v micros="$((ended - begun))" 'BEGIN {
    seconds = micros / 1e6
    printf "\nMoved: 2 copies of 201 files, %.1f MiB in all, in %.2f s: %.1f MiB/s.\n",
        2 * bytes / 1048576, seconds, 2 * bytes / 1048576 / seconds
}'
