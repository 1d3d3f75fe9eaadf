/** Tables of GitHub Flavored Markdown (https://github.github.com/gfm/#tables-extension-). Pure. */

/** What stands before a line that is in quotes or items. */
const prefix = /^[ \t>]*/;
const ruleCell = "[ \\t]*:?-+:?[ \\t]*";
const rule = new RegExp(`^[ \\t>]*\\|?${ruleCell}(?:\\|${ruleCell})*\\|?[ \\t]*$`);
const longestRule = 2_000;

/** Marks before the text of a list item that a table may begin in. */
const itemMark = /^([ \t>]*)([-*+]|\d{1,9}[.)])(?=[ \t])/;

/** True if these two lines begin a table: a head, and a rule with as many cells. */
export function beginsTable(head: string, next: string): boolean {
  if (!head.includes("|") || !next.includes("-") || next.length > longestRule || !rule.test(next)) return false;
  if (!next.includes("|") && cellsOf(head).length > 1) return false;
  return cellsOf(withoutMark(head)).length === cellsOf(next).length;
}

/** True if the line goes on with a table. */
export const isTableRow = (line: string): boolean => line.includes("|") && line.replace(prefix, "") !== "";

/** The head as it is repeated above the rest of its table: in its item, but without its mark. */
export const withoutMark = (head: string): string =>
  head.replace(itemMark, (_, before: string, mark: string) => before + " ".repeat(mark.length));

/** What stands before the table's own text: the marks of quotes, and spaces. */
export const prefixOf = (line: string): string => prefix.exec(line)?.[0] ?? "";

/** The cells of a row, as they are written, without the spaces around them; `\|` is a bar inside one. Linear in the row. */
export function cellsOf(row: string): string[] {
  const text = row.replace(prefix, "").trimEnd();
  const cells: string[] = [];
  let cell = "";
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at);
    if (char === "\\" && text[at + 1] === "|") {
      cell += "|";
      at++;
    } else if (char === "|") {
      cells.push(cell);
      cell = "";
    } else cell += char;
  }
  const isClosed = text.endsWith("|") && !text.endsWith("\\|");
  const all = isClosed ? cells : [...cells, cell];
  return (text.startsWith("|") ? all.slice(1) : all).map((one) => one.trim());
}

/** How the columns under a rule are aligned. */
export function alignmentsOf(ruleRow: string): ("left" | "right" | "centre")[] {
  return cellsOf(ruleRow).map((cell) => {
    if (!cell.endsWith(":")) return "left";
    return cell.startsWith(":") ? "centre" : "right";
  });
}
