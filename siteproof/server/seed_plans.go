package main

// seedPlan is a plan with how far it has come: its first items are done.
type seedPlan struct {
	title, trade, location, by string
	done                       int
	ahead                      int // days until the next hold or witness point
	items                      []seedItem
}

type seedItem struct {
	kind                            itemKind
	activity, acceptance, reference string
}

var slabItems = []seedItem{
	{kindInspection, "Formwork line, level and bracing", "Within ±5 mm of drawing; props plumb and braced", "EN 13670 §5"},
	{kindInspection, "Bottom reinforcement", "Size, spacing and laps as drawing; cover 30 mm on spacers", "S-401, EN 13670 §6"},
	{kindInspection, "Top reinforcement and chairs", "Chairs at 800 mm at most; cover 25 mm", "S-402"},
	{kindWitness, "Embedded items and penetrations", "Sleeves placed and fixed as the coordinated drawing", "M-210"},
	{kindHold, "Release to pour", "All items above complete; engineer has inspected", "Spec 03 30 00"},
	{kindInspection, "Concrete delivery and slump", "Class S3, 100 to 150 mm; docket C32/40", "EN 206"},
	{kindInspection, "Curing", "Covered within 2 h of finishing, 7 days", "EN 13670 §8.5"},
	{kindHold, "Release to strip", "28 MPa reached by cube test", "Spec 03 11 00"},
}

var columnItems = []seedItem{
	{kindInspection, "Kicker and starter bars", "Position within ±5 mm; bars clean and straight", "S-310"},
	{kindInspection, "Vertical bars and links", "Size, number and spacing as schedule", "S-311"},
	{kindWitness, "Formwork plumb", "Within H/400, at most 8 mm", "EN 13670 §10"},
	{kindHold, "Release to pour", "Engineer has inspected; box cleaned out", "Spec 03 30 00"},
	{kindInspection, "Surface after stripping", "No voids deeper than 5 mm; no cold joints", "Spec 03 35 00"},
}

var facadeItems = []seedItem{
	{kindInspection, "Brackets and anchors", "Torque as data sheet; one in ten tested", "A-540"},
	{kindInspection, "Insulation", "Joints tight, fixings 5 per m²", "A-541"},
	{kindInspection, "Cavity barriers", "Compressed 10 mm, continuous at floors", "Fire strategy §6"},
	{kindHold, "Release to close up", "Fire engineer has inspected every barrier", "Fire strategy §6"},
	{kindWitness, "Panel joints and seals", "10 mm ± 2; primer on both faces", "A-545"},
	{kindInspection, "Hose test", "No water inside after 30 minutes", "CWCT TN 41"},
}

var waterItems = []seedItem{
	{kindInspection, "Substrate", "Dry, clean, falls 1:80; chases filled", "A-610"},
	{kindInspection, "Primer and corners", "Tape in every corner and at every outlet", "Spec 07 14 00"},
	{kindInspection, "Membrane, two coats", "1.2 mm dry, measured in three places", "Spec 07 14 00"},
	{kindHold, "Flood test", "48 hours, 50 mm of water, no drop", "Spec 07 14 00"},
	{kindInspection, "Protection", "Boards placed the same day", "A-611"},
}

var serviceItems = []seedItem{
	{kindInspection, "Supports and brackets", "Spacing as table; galvanised", "M-110"},
	{kindInspection, "Pipework and joints", "Press marks visible; insulated where cold", "M-111"},
	{kindWitness, "Pressure test", "1.5 × working pressure, 60 minutes, no drop", "EN 806-4"},
	{kindInspection, "Fire stopping at penetrations", "Tested system, labelled", "Fire strategy §7"},
	{kindHold, "Release to close the ceiling", "All trades have signed off the zone", "Spec 09 51 00"},
	{kindInspection, "Flushing and sampling", "Two samples a riser, laboratory clear", "EN 806-4"},
}

var pileItems = []seedItem{
	{kindInspection, "Setting out", "Within ±25 mm of the grid", "S-100"},
	{kindWitness, "Bore depth and base", "Socket 1.5 m in sandstone; base clean", "EN 1536"},
	{kindInspection, "Cage and spacers", "Cover 75 mm; laps 50 d", "S-101"},
	{kindHold, "Release to concrete", "Bore accepted by the geotechnical engineer", "EN 1536"},
	{kindInspection, "Integrity test", "No anomaly by low-strain test", "ASTM D5882"},
}

var millPlans = []seedPlan{
	{"Bored piles, grid A–D", "Piling", "Foundations, grid A–D", "Tom Becker", 5, 2, pileItems},
	{"Ground floor slab", "Concrete", "Level 0", "Dana Whitfield", 8, 2, slabItems},
	{"Columns level 2", "Concrete", "Level 2, grid A–F", "Dana Whitfield", 5, 2, columnItems},
	{"Suspended slab level 3", "Concrete", "Level 3, pour 1", "Dana Whitfield", 7, 1, slabItems},
	{"Suspended slab level 4", "Concrete", "Level 4, pour 1", "Dana Whitfield", 4, 0, slabItems},
	{"Columns level 4", "Concrete", "Level 4, grid A–F", "Dana Whitfield", 2, 2, columnItems},
	{"Rainscreen façade, north", "Façade", "Levels 1–3, north elevation", "Lena Fischer", 3, 1, facadeItems},
	{"Rainscreen façade, east", "Façade", "Levels 1–3, east elevation", "Lena Fischer", 1, 6, facadeItems},
	{"Bathroom waterproofing, level 1", "Waterproofing", "Level 1, apartments 1.01–1.08", "Marco Silva", 5, 2, waterItems},
	{"Bathroom waterproofing, level 2", "Waterproofing", "Level 2, apartments 2.01–2.08", "Marco Silva", 3, 3, waterItems},
	{"Domestic water risers 1–4", "Mechanical", "Risers 1–4, levels 0–3", "Aisha Rahman", 2, 4, serviceItems},
	{"Roof membrane", "Waterproofing", "Roof, plant area", "Marco Silva", 0, 12, waterItems},
}

var schoolPlans = []seedPlan{
	{"Hall floor slab", "Concrete", "Sports hall", "Tom Becker", 8, 2, slabItems},
	{"Hall columns", "Concrete", "Sports hall, grid 1–6", "Tom Becker", 3, 2, columnItems},
	{"Kitchen services", "Mechanical", "Kitchen and servery", "Aisha Rahman", 0, 9, serviceItems},
}
