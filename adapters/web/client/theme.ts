import { signal } from "@preact/signals";

/** Colours of the page: light, dark, or as the system has them. */
export const themes = ["system", "light", "dark"] as const;
/** One of `themes`. */
export type Theme = (typeof themes)[number];

const themeKey = "parley.theme";

/** The chosen colours, kept for all rooms of this browser. */
export const theme = signal<Theme>(readTheme());

/** Shows the chosen colours, and follows the system where that was chosen. */
export function startTheme(): void {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const show = () => {
    const isDark = theme.value === "dark" || (theme.value === "system" && system.matches);
    document.documentElement.dataset.theme = isDark ? "dark" : "light";
  };
  theme.subscribe(show);
  system.addEventListener("change", show);
}

/** Chooses the colours of the page. */
export function setTheme(next: Theme): void {
  theme.value = next;
  try {
    localStorage.setItem(themeKey, next);
  } catch {
    // The next page has the system's colours.
  }
}

function readTheme(): Theme {
  try {
    const stored = localStorage.getItem(themeKey);
    return themes.find((known) => known === stored) ?? "system";
  } catch {
    return "system";
  }
}
