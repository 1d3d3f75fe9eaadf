import type { SourceFile } from "./ast.js";
import { isModule, type ModuleFacts, type ModuleImport, readModule, resolveImport } from "./imports.js";
import { impure, layout, maxLines, type Place } from "./layout.js";

interface Edge {
  from: string;
  to: string;
}

function placeOf(path: string): Place | undefined {
  const fits = layout.filter(({ at }) => (at.endsWith("/") ? path.startsWith(at) : path === at));
  return fits.sort((a, b) => b.at.length - a.at.length)[0];
}

function matches(specifier: string, pattern: string): boolean {
  if (pattern.endsWith("*")) return specifier.startsWith(pattern.slice(0, -1));
  return specifier === pattern || specifier.startsWith(`${pattern}/`);
}

function wrongArrow(options: { place: Place; path: string; found: ModuleImport; paths: ReadonlySet<string> }) {
  const { place, path, found, paths } = options;
  const { specifier } = found;
  if (specifier === undefined && place.loadsFiles) return undefined;
  if (specifier === undefined) return "imports a module whose name cannot be read here: write it as a plain string";
  if (place.typesOnly && !found.typeOnly)
    return `imports a value from "${specifier}": ${place.name} may import types only`;
  if (!specifier.startsWith(".")) {
    const allowed = place.packages.some((pattern) => matches(specifier, pattern));
    return allowed ? undefined : `imports "${specifier}": not among the packages of ${place.name}`;
  }
  const target = resolveImport({ from: path, specifier, paths });
  if (target === undefined) return `imports "${specifier}": no such file in src or adapters`;
  const targetPlace = placeOf(target);
  if (targetPlace === undefined || targetPlace.name === place.name) return undefined;
  if (place.places.includes(targetPlace.name)) return undefined;
  if (place.typePlaces?.includes(targetPlace.name)) {
    return found.typeOnly ? undefined : `imports a value from "${specifier}": ${place.name} may know its types only`;
  }
  return `imports "${specifier}": ${place.name} must not know ${targetPlace.name}`;
}

function moduleProblems(module: ModuleFacts, paths: ReadonlySet<string>): string[] {
  const place = placeOf(module.path);
  if (place === undefined) return [`${module.path}: has no place in the layout`];
  const arrows = module.imports.flatMap((found) => {
    const problem = wrongArrow({ place, path: module.path, found, paths });
    return problem ? [`${module.path}:${found.line}: ${problem}`] : [];
  });
  const environment = place.name === "main" ? [] : module.readsEnv;
  return [
    ...arrows,
    ...environment.map((line) => `${module.path}:${line}: reads process.env: only src/main.ts may`),
    ...module.defaultExports.map((line) => `${module.path}:${line}: has a default export`),
  ];
}

function textProblems({ path, text }: SourceFile): string[] {
  const lines = text.replace(/\n$/, "").split("\n");
  const tooLong =
    lines.length > maxLines ? [`${path}: has ${lines.length} lines, at most ${maxLines} are allowed`] : [];
  if (!path.startsWith("src/core/")) return tooLong;
  const unclean = lines.flatMap((line, index) => {
    const found = impure.map((pattern) => line.match(pattern)?.[0]).find((word) => word !== undefined);
    return found ? [`${path}:${index + 1}: says "${found}": the core is pure`] : [];
  });
  return [...tooLong, ...unclean];
}

/** One cycle among the edges as the list of its files, or undefined. */
export function findCycle(edges: readonly Edge[]): string[] | undefined {
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): string[] | undefined => {
    if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path];
    if (done.has(path)) return undefined;
    for (const edge of edges.filter(({ from }) => from === path)) {
      const cycle = visit(edge.to, [...trail, path]);
      if (cycle) return cycle;
    }
    done.add(path);
    return undefined;
  };
  for (const { from } of edges) {
    const cycle = visit(from, []);
    if (cycle) return cycle;
  }
  return undefined;
}

/** Everything in the files that breaks the layout, one sentence a problem. */
export function checkBoundaries(files: readonly SourceFile[]): string[] {
  const paths = new Set(files.map((file) => file.path));
  const modules = files.filter((file) => isModule(file.path)).map(readModule);
  const edges = modules.flatMap((module) =>
    module.imports.flatMap(({ specifier }) => {
      const to = specifier?.startsWith(".") ? resolveImport({ from: module.path, specifier, paths }) : undefined;
      return to ? [{ from: module.path, to }] : [];
    }),
  );
  const cycle = findCycle(edges);
  return [
    ...modules.flatMap((module) => moduleProblems(module, paths)),
    ...files.flatMap(textProblems),
    ...(cycle ? [`these import each other in a circle: ${cycle.join(" → ")}`] : []),
  ];
}
