import { expect, test } from "vitest";
import { isPublicOrigin } from "../../../src/core/values/public-origin.js";

test.each([
  "https://rooms.example.org",
  "http://rooms.example.org:8080",
  "https://parley.example/",
  "https://9.9.9.9",
  "https://172.32.0.1",
  "https://100.128.0.1",
  "https://[2606:4700::1111]:8443",
])("%s can be fetched from by anybody", (origin) => {
  expect(isPublicOrigin(origin)).toBe(true);
});

test.each([
  "",
  "http://localhost:4400",
  "http://parley.localhost",
  "http://127.0.0.1:4400",
  "http://[::1]:4400",
  "http://[fd00::1]",
  "http://10.1.2.3",
  "http://172.16.0.1",
  "http://192.168.1.2:4400",
  "http://100.100.1.1",
  "http://169.254.169.254",
  "http://parley",
  "http://parley.local",
  "https://parley.internal.",
  "https://rooms.lan",
  "https://parley.test",
  "ftp://rooms.example.org",
  "https://mia@rooms.example.org",
])("%s cannot", (origin) => {
  expect(isPublicOrigin(origin)).toBe(false);
});
