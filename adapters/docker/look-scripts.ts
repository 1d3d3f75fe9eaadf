/** Exit codes of the scripts below. */
export const lookCodes = { missing: 10, link: 11, unreadable: 12, notAFile: 13 } as const;

/** Where the volume is. */
export const lookedAt = "/work";

/**
 * `$1` the number of names on the way, then those names: goes there from folder to folder. A folder is only entered where its own place is the path that was asked for, so
 * a link that takes its place meanwhile leads nowhere. The other arguments stay.
 */
const walk = `
cd -P ${lookedAt} || exit ${lookCodes.missing}
at=${lookedAt} left=$1; shift
while [ "$left" -gt 0 ]; do
  [ ! -L "./$1" ] || exit ${lookCodes.link}
  [ -d "./$1" ] || exit ${lookCodes.missing}
  cd -P "./$1" 2>/dev/null || exit ${lookCodes.unreadable}
  at=$at/$1
  [ "$(pwd -P; echo x)" = "$at
x" ] || exit ${lookCodes.link}
  left=$((left - 1)); shift
done`;

/** Prints the kind letter of each entry (find(1), `%y`) and its name, each ended by NUL. */
export const listScript = `${walk}
[ -r . ] || exit ${lookCodes.unreadable}
exec find . -mindepth 1 -maxdepth 1 -printf '%y%f\\0'`;

/** Further arguments: names. Prints the size of each that is a file, a space, and its name, each ended by NUL. */
export const sizesScript = `${walk}
[ $# -gt 0 ] || exit 0
exec find "$@" -maxdepth 0 -type f -printf '%s %f\\0'`;

/** Further arguments: name, offset, most bytes. Prints the size, a line feed, and the bytes. */
export const readScript = `${walk}
[ ! -L "./$1" ] || exit ${lookCodes.link}
[ -e "./$1" ] || exit ${lookCodes.missing}
[ -f "./$1" ] || exit ${lookCodes.notAFile}
[ -r "./$1" ] || exit ${lookCodes.unreadable}
size=$(stat -c %s -- "./$1") || exit ${lookCodes.missing}
printf '%s\\n' "$size"
[ "$2" -lt "$size" ] || exit 0
exec dd if="./$1" iflag=nofollow,nonblock,fullblock,skip_bytes,count_bytes bs=65536 skip="$2" count="$3" status=none`;

/** `$1` seconds, `$2` the script for Git, `$3` commits whose parents are not there; the rest are arguments of that script after its folders. */
export const gitInFolder = `
seconds=$1 script=$2 shallow=$3; shift 3
scratch=$(mktemp -d /tmp/look-XXXXXX) || exit 1
[ -z "$shallow" ] || printf '%s' "$shallow" > "$scratch/shallow"
timeout -k 1 "$seconds" sh -c "$script" look ${lookedAt} "$scratch" "$@"
code=$?
rm -rf "$scratch"
exit "$code"`;

/** Files, folders and links, each once; links are kept, and no other kind is opened. */
export const archiveScript = `
cd ${lookedAt} || exit 1
find . -mindepth 1 \\( -type f -o -type d -o -type l \\) -printf '%P\\0' 2>/dev/null |
exec tar --create --file=- --format=gnu --null --no-recursion --verbatim-files-from --files-from=- --ignore-failed-read --hard-dereference --owner=0 --group=0 --numeric-owner 2>/dev/null`;
