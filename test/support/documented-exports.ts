/** An exported declaration with its doc comment, as both stand in the source. */
export interface DocumentedExport {
  path: string;
  /** Line of the declaration, from 1. */
  line: number;
  /** The whole doc comment, with its marks. */
  comment: string;
  /** First line of the declaration. */
  declaration: string;
}

const exported = /^export (?:declare |abstract )?(?:async )?(?:const|function\*?|class|interface|type) \w+/;

/** The exported declarations of a file that have a doc comment directly above. */
export function documentedExportsIn({ path, text }: { path: string; text: string }): DocumentedExport[] {
  const lines = text.split("\n");
  return lines.flatMap((declaration, at) => {
    if (!exported.test(declaration) || !lines[at - 1]?.endsWith("*/")) return [];
    const start = lines.slice(0, at).findLastIndex((line) => line.startsWith("/**"));
    return [{ path, line: at + 1, comment: lines.slice(start, at).join("\n"), declaration }];
  });
}
