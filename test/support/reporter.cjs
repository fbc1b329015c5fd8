// mocha's spec reporter, closed by the one line that scripts read: "N passed, N failed".
const { reporters } = require('mocha');

module.exports = class extends reporters.Spec {
  epilogue() {
    super.epilogue();
    const { passes, failures, pending } = this.stats;
    const skipped = pending > 0 ? `, ${String(pending)} skipped` : '';
    console.log(`${String(passes)} passed, ${String(failures)} failed${skipped}`);
  }
};
