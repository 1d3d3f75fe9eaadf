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

const dropped = ["tabindex", "class", "role", "style", "data-mark"];
/** Maximum canvas size of browsers, in one direction and in area. */
const maxSidePx = 16_000;
const maxAreaPx = 60_000_000;

/** Saves a drawing as a file that looks the same without the page's styles. */
export async function saveImage(
  drawing: SVGSVGElement,
  { name, as }: { name: string; as: "svg" | "png" },
): Promise<void> {
  const text = new XMLSerializer().serializeToString(standAlone(drawing));
  const svg = new Blob([text], { type: "image/svg+xml" });
  saveFile(as === "svg" ? svg : await pictureOf(text, drawing), `${name}.${as}`);
}

function standAlone(drawing: SVGSVGElement): SVGSVGElement {
  const copy = drawing.cloneNode(true) as SVGSVGElement;
  const shown = [drawing, ...drawing.querySelectorAll<SVGElement>("*")];
  const made = [copy, ...copy.querySelectorAll<SVGElement>("*")];
  for (const [at, element] of shown.entries()) {
    const style = getComputedStyle(element);
    for (const name of copied) made[at]?.setAttribute(name, style.getPropertyValue(name));
    for (const name of dropped) made[at]?.removeAttribute(name);
  }
  // Names stay at the scroll position.
  for (const names of copy.querySelectorAll("g[transform]")) names.removeAttribute("transform");
  const ground = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  const colour = getComputedStyle(document.body).backgroundColor;
  for (const [name, value] of Object.entries({ width: "100%", height: "100%", fill: colour }))
    ground.setAttribute(name, value);
  copy.prepend(ground);
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  return copy;
}

/** Twice as fine as the screen shows it, as far as a canvas goes. */
async function pictureOf(text: string, { width, height }: SVGSVGElement): Promise<Blob> {
  const [wide, high] = [width.baseVal.value, height.baseVal.value];
  const scale = Math.min(2, maxSidePx / Math.max(wide, high), Math.sqrt(maxAreaPx / (wide * high)));
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(wide * scale);
  canvas.height = Math.round(high * scale);
  canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("the picture is too large")))),
  );
}

function saveFile(content: Blob, name: string): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
