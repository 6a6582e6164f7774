// The page behind the QR works without any of this; it only saves taps.
import { attachDates } from "./dates.js";
import { attachOnce, attachSteppers } from "./stepper.js";

attachSteppers(document);
attachDates(document);
attachOnce();
