/** What `kai doctor` prints, and how it ends. */
import assert from "node:assert/strict";
import { Writable } from "node:stream";
import { describe, it } from "node:test";
import { describeDoctor, doctorReport } from "../../../cli/doctor/report.ts";
import { error, note, unchecked, warning } from "../../../github/doctor/finding.ts";
import { USES } from "../../../github/doctor/rights.ts";

const paper = new Writable() as unknown as NodeJS.WriteStream;
const [bad, odd, hidden, fine] = [
  error("Broken.", "mend it"),
  warning("Odd.", "look at it"),
  unchecked("Hidden."),
  note("Fine."),
].map((found) => ({ check: "a", ...found }));

describe("the report of the doctor", () => {
  it("ends by the worst: what is certain before what could not be asked, and notes are no reason", () => {
    const outcome = (...findings: (typeof bad)[]) => doctorReport(findings as never, []).outcome;
    assert.equal(outcome(), "ok");
    assert.equal(outcome(fine), "ok");
    assert.equal(outcome(fine, hidden), "couldNotCheck");
    assert.equal(outcome(hidden, odd), "findings");
    assert.equal(outcome(hidden, bad), "findings");
  });

  it("tells the worst first, each remedy on a line that can be copied", () => {
    const text = describeDoctor(doctorReport([fine, hidden, odd, bad] as never, []), paper);
    assert.deepEqual(text.split("\n"), [
      "✖ Broken.",
      "    mend it",
      "",
      "! Odd.",
      "    look at it",
      "",
      "? Hidden.",
      "",
      "· Fine.",
      "",
      "Something to mend: 1 error, 1 warning, 1 not checked, 1 note.",
    ]);
  });

  it("shows the least rights, what is lacking, and what GitHub does not tell", () => {
    const [up, drift] = USES;
    const rights = [
      { ...up, missing: ["Secrets: write"], isKnown: false },
      { ...drift, missing: [], isKnown: false },
    ];
    const text = describeDoctor(doctorReport([], rights as never), paper);
    assert.match(
      text,
      /pulumi up: lacks Secrets: write\n {6}Administration: write, Contents: write, Secrets: write, /,
    );
    assert.match(text, /kai drift: enough, as far as GitHub shows\n/);
    assert.match(text, /or a classic token with repo\n/);
    assert.match(text, /Nothing to mend\.$/);
  });

  it("quotes what moves the cursor", () => {
    const text = describeDoctor(
      doctorReport([{ check: "a", ...error("x\u001b[2Jy", "z\u0007") }], []),
      paper,
    );
    assert.match(text, /x\\u001b\[2Jy\n {4}z\\u0007/);
  });
});
