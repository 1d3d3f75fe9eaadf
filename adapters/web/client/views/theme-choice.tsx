import { texts } from "../texts.js";
import { setTheme, theme, themes } from "../theme.js";
import { Icon } from "./icon.js";

const words = texts.theme;

/** Light, dark, or as the system has it. */
export function ThemeChoice() {
  return (
    <label class="theme-choice">
      <Icon name="sun" />
      {words.label}
      <select
        value={theme.value}
        onChange={({ currentTarget: { value } }) => setTheme(themes.find((known) => known === value) ?? "system")}
      >
        {themes.map((known) => (
          <option key={known} value={known}>
            {words[known]}
          </option>
        ))}
      </select>
    </label>
  );
}
