"""The page's look: paper by day, slate by night."""

CSS = """
:root{--paper:#faf7f2;--card:#fffdf9;--ink:#24211d;--faint:#7b746a;--line:#e6dfd4;
--a:#2f7f73;--b:#b9a77c;--c:#7c93b8;--d:#b98db0;--e:#4f6aa6;--f:#c98f5a;
--late:#c8402f;--pass:#cfc6b8;--budget:#c98a1b;--good:#2f7f56;--fair:#a87412;
--s0:#2f7f73;--s1:#7fae5c;--s2:#d2a63f;--s3:#cf7a3c;--s4:#b9b2a7}
@media (prefers-color-scheme:dark){:root{--paper:#17181c;--card:#1f2127;--ink:#ece7de;
--faint:#989388;--line:#33353d;--a:#58b8a6;--b:#8d8264;--c:#7f97c2;--d:#b58ab0;--e:#6f8ed6;--f:#d9a06a;
--late:#ef6a57;--pass:#4b4c53;--budget:#e2ad4a;--good:#58b87f;--fair:#e2ad4a;
--s0:#58b8a6;--s1:#8fbf6c;--s2:#dcb552;--s3:#dd8d52;--s4:#6a6a6e}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);
font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif}
main{max-width:1080px;margin:0 auto;padding:40px 24px 64px}
header{margin-bottom:28px}
h1{font-size:34px;line-height:1.15;margin:2px 0 10px;letter-spacing:-.02em}
h2{font-size:20px;margin:0;letter-spacing:-.01em}
h3{font-size:13px;font-weight:600;margin:26px 0 6px;color:var(--faint)}
.kicker{margin:0;color:var(--a);font-weight:600;font-size:13px}
.lead{margin:0;color:var(--faint);max-width:62ch}
.note{color:var(--faint);margin:4px 0 12px}
section{background:var(--card);border:1px solid var(--line);border-radius:14px;
padding:24px 26px;margin:0 0 22px}
.head{display:flex;flex-wrap:wrap;gap:6px 14px;align-items:baseline}
.what{color:var(--faint);font-size:13px}
.chip{margin-left:auto;font-size:13px;font-weight:600;padding:3px 11px;border-radius:99px;
border:1px solid currentColor}
.good{color:var(--good)}.fair{color:var(--fair)}.bad{color:var(--late)}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:12px;margin-top:20px}
.tile{border:1px solid var(--line);border-radius:10px;padding:12px 14px}
.tile b{font-size:26px;font-weight:650;letter-spacing:-.02em;font-variant-numeric:tabular-nums}
.tile span{margin-left:6px;font-size:13px}
.tile small{display:block;color:var(--faint);font-size:12px;line-height:1.35;margin-top:2px}
.two{display:grid;grid-template-columns:1fr 1fr;gap:26px}
@media (max-width:760px){.two{grid-template-columns:1fr}.chip{margin-left:0}}
svg{display:block;width:100%;height:auto}
svg text{font:11px system-ui,sans-serif;fill:var(--faint);font-variant-numeric:tabular-nums}
svg .name{fill:var(--ink)}svg .inside{fill:var(--card);font-weight:600}
.grid,.axis{stroke:var(--line);stroke-width:1;fill:none}
.bar{fill:none}.bar.usual{stroke:var(--a)}.bar.passed{stroke:var(--pass)}.bar.late{stroke:var(--late)}
.bin.usual{fill:var(--a)}.bin.late{fill:var(--late)}
.budget{stroke:var(--budget);stroke-width:1.5;stroke-dasharray:6 4;fill:none}
svg .budget-text{fill:var(--budget);font-weight:600}
.mark{stroke:var(--ink);stroke-width:1;opacity:.55;fill:none}
.s0{fill:var(--s0);background:var(--s0)}.s1{fill:var(--s1);background:var(--s1)}
.s2{fill:var(--s2);background:var(--s2)}.s3{fill:var(--s3);background:var(--s3)}
.s4{fill:var(--s4);background:var(--s4)}
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:4px 18px;margin:6px 0 0;padding:0 0 0 44px;
font-size:12px;color:var(--faint)}
.key{display:inline-block;width:10px;height:10px;border-radius:3px;margin-right:6px}
.key.usual{background:var(--a)}.key.late{background:var(--late)}.key.passed{background:var(--pass)}
table{border-collapse:collapse;width:100%;margin-top:22px;font-variant-numeric:tabular-nums}
th,td{text-align:right;padding:6px 10px;border-bottom:1px solid var(--line)}
th:first-child,td.text{text-align:left}thead th{color:var(--faint);font-weight:500;font-size:12px}
td.text{color:var(--faint)}tbody tr:last-child>*,table tr:last-child>*{border-bottom:0}
dl{display:grid;grid-template-columns:repeat(auto-fit,minmax(220px,1fr));gap:10px 26px;
margin:14px 0 0}
dt{color:var(--faint);font-size:12px}dd{margin:0}
"""
