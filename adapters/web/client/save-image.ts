const copied = [
  "fill",
  "stroke",
  "stroke-width",
  "stroke-dasharray",
  "opacity",
  "font-family",
  "font-size",
  "font-weight",
];

/** Saves a drawing as an SVG file that looks the same without the page's styles. */
export function saveImage(drawing: SVGSVGElement, fileName: string): void {
  const copy = drawing.cloneNode(true) as SVGSVGElement;
  const shown = [drawing, ...drawing.querySelectorAll<SVGElement>("*")];
  const made = [copy, ...copy.querySelectorAll<SVGElement>("*")];
  for (const [at, element] of shown.entries()) {
    const style = getComputedStyle(element);
    for (const name of copied) made[at]?.setAttribute(name, style.getPropertyValue(name));
    for (const name of ["tabindex", "class", "role", "style"]) made[at]?.removeAttribute(name);
  }
  const ground = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  for (const [name, value] of [
    ["width", "100%"],
    ["height", "100%"],
    ["fill", getComputedStyle(document.body).backgroundColor],
  ] as const)
    ground.setAttribute(name, value);
  copy.prepend(ground);
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  const url = URL.createObjectURL(new Blob([new XMLSerializer().serializeToString(copy)], { type: "image/svg+xml" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = fileName;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
