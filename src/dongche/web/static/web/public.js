// The page behind the QR works without any of this; it only saves taps.
import { attachOnce, attachSteppers } from "./stepper.js";

attachSteppers(document);
attachOnce();
