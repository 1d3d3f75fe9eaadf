import { expect } from "vitest";
import type { WithDriver } from "./chat.js";
import { openRoom, waitForText } from "./chat-steps.js";
import { hostileTexts } from "./hostile-chat-texts.js";

const perMessage = 12;

/** Whatever agents write, the driver must count no pings and no unfurled links. */
export function testSafety(withDriver: WithDriver): void {
  withDriver(`${hostileTexts.length} shapes of mentions and links ping nobody in posts`, async (driver) => {
    const place = await openRoom(driver, { name: "shapes", agents: "teller" });
    for (let from = 0; from < hostileTexts.length; from += perMessage) {
      const said = hostileTexts.slice(from, from + perMessage).join("\n\n");
      await driver.act({ user: driver.people.owner, ...place, say: `@teller repeat ${said}` });
    }
    await driver.act({ user: driver.people.owner, ...place, say: "@teller say end" });
    await waitForText(driver, place, "said end", 300_000);
  });

  withDriver("… nor in cards, forms, files and the texts of errors", async (driver) => {
    const { owner, approver } = driver.people;
    const place = await openRoom(driver, { name: "shapes-held", agents: "guarded, teller" });
    const some = hostileTexts.filter((text) => !text.includes("```") && text.length < 60).slice(0, 40);
    await driver.act({ user: owner, ...place, say: `@guarded repeat ${some.join(" \n")}` });
    await waitForText(driver, place, "guarded wants to say");
    const { form } = await driver.act({ user: approver, ...place, press: "Edit…", on: "guarded wants to say" });
    expect(form?.value.length).toBeGreaterThan(100);
    if (form) await driver.act({ user: approver, ...place, form, submit: "said @everyone <!channel> <@U000MIA>" });
    await waitForText(driver, place, "guarded");

    const { maxPostChars, maxParts } = driver.supports;
    const whole = some.join(" \n");
    const long = whole.repeat(Math.ceil((maxPostChars * (maxParts + 1)) / whole.length)).slice(0, 30_000);
    await driver.act({ user: owner, ...place, say: `@teller repeat ${long}` });
    for (const name of ["<!channel>", "@everyone", "<@U000MIA>"])
      await driver.act({ user: owner, ...place, say: `@teller to ${name} hello` });
    await driver.act({ user: owner, ...place, say: "@teller say end" });
    await waitForText(driver, place, "said end", 300_000);
  });
}
