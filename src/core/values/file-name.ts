/** UTF-8 bytes of a safe name, at most. A folder takes 255, and what stores the file puts a few of its own before it. */
export const maxFileNameBytes = 160;
const maxExtensionChars = 16;

/** Names that open a device on Windows, with any extension. https://learn.microsoft.com/en-us/windows/win32/fileio/naming-a-file */
const deviceName = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(\.|$)/i;
/** Signs on signs without end make a name unreadable. */
const stackedMarks = /(\p{M}{3})\p{M}+/gu;

/**
 * The last part of a path reduced to letters, digits and `._- `: safe as the name of a file on any system, in a header, in one line of text and in HTML. Of 1 to
 * `maxFileNameBytes` bytes; `file` where nothing is left.
 */
export function safeFileName(given: string): string {
  const last = given.normalize("NFC").split(/[/\\]/).at(-1) ?? "";
  const plain = last
    .replace(/[^\p{L}\p{N}\p{M}._ -]+/gu, "_")
    .replace(stackedMarks, "$1")
    .replace(/\s+/g, " ")
    .trim()
    .replace(/^[\p{M}.\s-]+/u, "")
    .replace(/[.\s]+$/, "");
  const name = shortened(plain) || "file";
  return deviceName.test(name) ? `_${name}` : name;
}

/** The extension is kept: it tells people what a file is. */
function shortened(name: string): string {
  const dot = name.lastIndexOf(".");
  const extension = dot > 0 ? Array.from(name.slice(dot)).slice(0, maxExtensionChars).join("") : "";
  let left = maxFileNameBytes - bytesOf(extension);
  let stem = "";
  for (const character of dot > 0 ? name.slice(0, dot) : name) {
    left -= bytesOf(character);
    if (left < 0) break;
    stem += character;
  }
  return (stem + extension).replace(/[.\s]+$/, "");
}

function bytesOf(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code <= 0xffff ? 3 : 4;
  }
  return bytes;
}
