package timeline

import "fmt"

// style is all that the picture looks like. Classes carry plain colours and no
// variables, which some renderers do not know. Where a viewer tells that its
// ground is dark, the second half counts; texts within bars stay dark on both,
// because the bars keep their colours.
const style = `
text{font-family:"Helvetica Neue",Helvetica,Arial,"DejaVu Sans",sans-serif}
.title{font-size:19px;font-weight:bold}
.about{font-size:12.5px}
.name{font-size:13px;font-weight:bold}
.what,.tick{font-size:10.5px}
.span{font-size:11.5px}
.mark{font-size:11.5px;font-weight:bold}
.gap{font-size:13px;font-weight:bold;paint-order:stroke;stroke:#ffffff;stroke-width:4px}
.ground{fill:#ffffff}
.title,.name,.mark{fill:#18212b}
.about{fill:#46525f}
.what,.tick{fill:#596673}
.gap,.faulttext{fill:#b3261e}
.span{fill:#10151b}
.track{fill:#eef1f5}
.grid{stroke:#dfe4ea;stroke-width:1}
.axis{stroke:#8b97a4;stroke-width:1}
.markline{stroke:#596673;stroke-width:1.2;stroke-dasharray:3 3}
.faultline{stroke:#c8352b;stroke-width:1.6}
.faulthead{fill:#c8352b}
.markhead{fill:#596673}
.bracket{fill:none;stroke:#b3261e;stroke-width:2}
.band{fill:#c8352b;fill-opacity:.07}
.swatch{stroke:#b3261e;stroke-width:1}
.standby{fill:#a9bacb}
.promoting{fill:#f2b632}
.primary,.served{fill:#3fae72}
.demoting{fill:#ee8b52}
.fenced,.failed{fill:#e3523f}
.off{fill:url(#hatch)}
.hatch{fill:#c3c9d0}
.hatchline{stroke:#7d8792;stroke-width:2.5}
.released,.held{fill:#f2b632}
.host0{fill:#6aa7e0}
.host1{fill:#bf98df}
.host2{fill:#5fc3bf}
.host3{fill:#d9a1ad}
@media (prefers-color-scheme:dark){
.ground{fill:#10151b}
.title,.name,.mark{fill:#e8edf2}
.about{fill:#b3bfcb}
.what,.tick{fill:#98a5b2}
.gap,.faulttext{fill:#ff8d80}
.gap{stroke:#10151b}
.track{fill:#1b232c}
.grid{stroke:#28323d}
.axis{stroke:#6b7886}
.markline{stroke:#98a5b2}
.markhead{fill:#98a5b2}
.faultline{stroke:#ff6f5f}
.faulthead{fill:#ff6f5f}
.bracket{stroke:#ff8d80}
.band{fill:#ff6f5f;fill-opacity:.1}
.swatch{stroke:#ff8d80}
}
`

// hatch is what a host without power looks like.
const hatch = `<pattern id="hatch" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">` +
	`<rect class="hatch" width="7" height="7"/><line class="hatchline" x1="0" y1="0" x2="0" y2="7"/></pattern>`

// hostClasses are the colours there are for hosts; a fifth host shares the
// first's.
const hostClasses = 4

// class is the style of what a lane can be.
func (d *drawing) class(what string) string {
	if what == Off {
		return Off
	}
	for _, s := range states {
		if what == s {
			return s
		}
	}
	for i, h := range d.hosts {
		if what == h {
			return fmt.Sprintf("host%d", i%hostClasses)
		}
	}
	return "track" // not reached: each name that a lane has is a host's
}
