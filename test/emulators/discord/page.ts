import { readFile } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { fileURLToPath } from "node:url";

const files: Readonly<Record<string, readonly [name: string, type: string]>> = {
  "/": ["index.html", "text/html"],
  "/page.css": ["page.css", "text/css"],
  "/message.css": ["message.css", "text/css"],
  "/page.js": ["page.js", "text/javascript"],
  "/message.js": ["message.js", "text/javascript"],
  "/command.js": ["command.js", "text/javascript"],
};

/** The page for people: plain files, nothing from another host. False if the path has no file. */
export async function servePage(path: string, response: ServerResponse): Promise<boolean> {
  const file = Object.hasOwn(files, path) ? files[path] : undefined;
  if (file === undefined) return false;
  const [name, type] = file;
  const content = await readFile(fileURLToPath(new URL(`./page/${name}`, import.meta.url)), "utf8");
  response.writeHead(200, {
    "content-type": `${type}; charset=utf-8`,
    "content-security-policy": "default-src 'self'; img-src 'self' data:",
  });
  response.end(content);
  return true;
}
