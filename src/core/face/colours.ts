/** Red, green and blue, 0 to 255. */
export type Rgb = readonly [red: number, green: number, blue: number];

/** Hue in degrees and chroma, in OKLCH: ten that people can tell apart even in a picture 36 pixels wide. */
const hues: readonly (readonly [hue: number, chroma: number])[] = [
  [255, 0.14],
  [60, 0.12],
  [315, 0.16],
  [150, 0.13],
  [20, 0.15],
  [195, 0.1],
  [285, 0.19],
  [115, 0.12],
  [345, 0.19],
  [250, 0.02],
];

/** Number of background colours: each hue once dark with light letters, and once light with dark ones. */
export const groundCount = hues.length * 2;

/** The three colours of a picture. `tone` is for shapes on the background. */
export interface Colours {
  ground: Rgb;
  tone: Rgb;
  ink: Rgb;
}

/** The colours at this place, 0 to `groundCount - 1`. Letters have a contrast of at least 4.5 to 1 on background and tone (WCAG 2.2, 1.4.3). */
export function coloursAt(place: number): Colours {
  const [hue, chroma] = hues[place % hues.length] ?? [0, 0];
  if (place < hues.length) {
    const dark = { ground: oklch(0.46, chroma, hue), tone: oklch(0.3, chroma * 0.6, hue) };
    return { ...dark, ink: [255, 255, 255] };
  }
  const light = { ground: oklch(0.84, chroma * 0.75, hue), tone: oklch(0.97, chroma * 0.2, hue) };
  return { ...light, ink: oklch(0.25, chroma * 0.4, hue) };
}

/** Converts a colour from OKLCH to the nearest one in sRGB (https://www.w3.org/TR/css-color-4/#color-conversion-code). */
function oklch(lightness: number, chroma: number, hue: number): Rgb {
  const a = chroma * Math.cos((hue * Math.PI) / 180);
  const b = chroma * Math.sin((hue * Math.PI) / 180);
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    srgb(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    srgb(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    srgb(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ];
}

function srgb(linear: number): number {
  const kept = Math.min(1, Math.max(0, linear));
  const shown = kept <= 0.0031308 ? 12.92 * kept : 1.055 * kept ** (1 / 2.4) - 0.055;
  return Math.round(shown * 255);
}
