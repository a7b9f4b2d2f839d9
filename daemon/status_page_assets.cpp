#include "daemon/status_page_assets.hpp"

namespace pcmirror {

namespace {

constexpr std::string_view style = R"(
:root { color-scheme: light dark; --back: #fbfbfa; --card: #ffffff; --text: #1d2125; --soft: #5a636b;
    --line: #d9dde1; --good: #1a6b35; --good-back: #e2f3e7; --warn: #7a4b00; --warn-back: #fdf0d8;
    --bad: #a11b1b; --bad-back: #fde7e6; --c0: #3b6fb6; --c1: #d08a1d; --c2: #3f8f6b; --c3: #9a5aa8;
    --c4: #b8483f; --c5: #6b7f2a; --c6: #3d8fa0; --c7: #77706a; }
@media (prefers-color-scheme: dark) {
    :root { --back: #15181b; --card: #1d2226; --text: #e6e9eb; --soft: #a3adb5; --line: #353c42;
        --good: #7fd69a; --good-back: #15321f; --warn: #f0c070; --warn-back: #3a2b0d; --bad: #ff9d96;
        --bad-back: #421a18; --c0: #7fa9e6; --c1: #e3b25f; --c2: #7cc4a2; --c3: #c795d3; --c4: #e38b83;
        --c5: #b3c56c; --c6: #7cc3d2; --c7: #b0a9a2; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--text);
    font: 15px/1.45 system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; }
header, main, footer { max-width: 76rem; margin: 0 auto; padding: 0 1rem; }
header { display: flex; flex-wrap: wrap; gap: .3rem 1rem; align-items: center; padding-top: 1rem; }
h1 { font-size: 1.3rem; margin: 0; } h2 { font-size: 1.05rem; margin: 0 0 .6rem; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 8px;
    padding: .9rem 1rem; margin: 1rem 0; }
p { margin: .3rem 0; } .soft { color: var(--soft); }
.scroll { overflow-x: auto; } .scroll:focus-visible { outline: 2px solid var(--c0); }
table { border-collapse: collapse; width: 100%; font-size: .93rem; }
th, td { text-align: left; padding: .35rem .7rem .35rem 0; border-bottom: 1px solid var(--line);
    vertical-align: top; }
thead th { color: var(--soft); font-weight: 600; white-space: nowrap; }
tbody th { font-weight: 600; min-width: 8rem; overflow-wrap: anywhere; } tbody tr:last-child > * { border-bottom: 0; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.wrap { min-width: 14rem; overflow-wrap: anywhere; }
.badge { display: inline-block; padding: .05rem .55rem; border-radius: 1rem; font-weight: 600;
    white-space: nowrap; }
.good { color: var(--good); background: var(--good-back); }
.warn { color: var(--warn); background: var(--warn-back); }
.bad { color: var(--bad); background: var(--bad-back); }
ul.troubles { margin: 0; padding-left: 1.1rem; } ul.troubles li { margin: .3rem 0; }
svg { width: 100%; min-width: 34rem; height: auto; display: block; } svg text { fill: var(--soft); font-size: 11px; }
.grid { stroke: var(--line); } .budget { stroke: var(--bad); stroke-dasharray: 5 4; }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; padding: 0; margin: .5rem 0 0; }
.key { display: inline-block; width: .8rem; height: .8rem; border-radius: 2px; vertical-align: -1px; }
.s0 { fill: var(--c0); background: var(--c0); } .s1 { fill: var(--c1); background: var(--c1); }
.s2 { fill: var(--c2); background: var(--c2); } .s3 { fill: var(--c3); background: var(--c3); }
.s4 { fill: var(--c4); background: var(--c4); } .s5 { fill: var(--c5); background: var(--c5); }
.s6 { fill: var(--c6); background: var(--c6); } .s7 { fill: var(--c7); background: var(--c7); }
footer { color: var(--soft); padding-bottom: 1.5rem; font-size: .9rem; }
a { color: inherit; }
@media (max-width: 40rem) {
    table.cards thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
    table.cards, .cards tbody, .cards tr, .cards td, .cards tbody th { display: block; width: auto; }
    .cards tr { border-bottom: 1px solid var(--line); padding: .5rem 0; }
    .cards tr:last-child { border-bottom: 0; }
    .cards td, .cards tbody th { border: 0; padding: .1rem 0; text-align: left; white-space: normal;
        min-width: 0; }
    .cards td[data-name]::before { content: attr(data-name) ": "; color: var(--soft); }
    .cards td:empty { display: none; } }
)";

} // namespace

std::string_view status_page_style() {
    return style;
}

std::string_view status_page_script() {
    return R"(
const seconds = 15;
const told = document.getElementById("told");
let lost = false;
async function renew() {
    if (document.hidden) return;
    try {
        const answer = await fetch("/", { headers: { Accept: "text/html" }, cache: "no-store" });
        if (!answer.ok) throw new Error("status " + answer.status);
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        for (const id of ["state", "main", "read"]) {
            const old = document.getElementById(id), fresh = page.getElementById(id);
            if (old && fresh && old.innerHTML !== fresh.innerHTML) old.replaceWith(document.adoptNode(fresh));
        }
        document.title = page.title;
        if (lost) told.textContent = "";
        lost = false;
    } catch (trouble) {
        lost = true;
        told.textContent = "pcmirror does not answer since " + new Date().toLocaleTimeString() + "; this page is old.";
    }
}
setInterval(renew, seconds * 1000);
document.addEventListener("visibilitychange", renew);
)";
}

} // namespace pcmirror
