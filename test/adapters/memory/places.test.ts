import { createMemoryPlaces } from "../../../adapters/memory/places.js";
import { describePlaces } from "../../contract/places.js";

describePlaces({
  name: "memory",
  async open() {
    const places = createMemoryPlaces();
    return { one: places, two: places, close: async () => undefined };
  },
});
