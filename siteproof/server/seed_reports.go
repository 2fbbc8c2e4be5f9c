package main

// seedReport is a report as it stands: age and due in days since it was raised, pace in days for each step.
type seedReport struct {
	title, location, severity, category string
	status                              ncrStatus
	by, assignee                        string
	age, due, pace                      int
	description, immediate              string
	cause, disposition, correction      string
}

var millReports = []seedReport{
	{"Pile P14 out of position by 62 mm", "Foundations, P14", "major", "workmanship", closed, "Tom Becker", "Kofi Mensah", 96, 14, 4, "Surveyed centre lies 62 mm east of the grid; the tolerance is 25 mm.", "Cap design on hold.", "Guide frame moved after setting out.", "use-as-is", "Cap widened by 150 mm; recalculated by the engineer."},
	{"Concrete docket missing for footing F7", "Foundations, F7", "minor", "documentation", closed, "Dana Whitfield", "Kofi Mensah", 90, 7, 2, "No delivery docket on file for the load of 09:40.", "", "Docket left in the pump cab.", "use-as-is", "Copy obtained from the plant; filed."},
	{"Cover below 30 mm in ground slab edge", "Level 0, grid D", "major", "workmanship", closed, "Dana Whitfield", "Kofi Mensah", 81, 14, 3, "Cover meter shows 18 to 24 mm along 4 m.", "Area marked.", "Spacers walked over during the pour.", "repair", "Protective coating along the edge; wheel spacers from now on."},
	{"Starter bars bent on site", "Level 1, C2", "minor", "workmanship", closed, "Tom Becker", "Kofi Mensah", 74, 10, 3, "Four T20 bars bent beyond 45° to clear the hoist.", "Work stopped at this column.", "Hoist base overlapped the column.", "rework", "Bars cut and coupled; hoist moved."},
	{"Membrane torn at shower outlet", "Level 1, 1.03", "major", "workmanship", closed, "Marco Silva", "Lena Fischer", 66, 7, 2, "Tear of 30 mm beside the outlet flange, found before the flood test.", "Room locked.", "Tiler's trowel during protection.", "repair", "Patch of 200 mm, two coats; tested again."},
	{"Wrong fire rating of riser doors", "Level 1, riser 2", "critical", "materials", closed, "Priya Nair", "Aisha Rahman", 61, 7, 4, "Doors delivered as EI 30; EI 60 is specified.", "Doors set aside.", "Order copied from another block.", "reject", "Doors returned; EI 60 installed."},
	{"Honeycombing in column B3", "Level 2, grid B3", "major", "workmanship", closed, "Dana Whitfield", "Kofi Mensah", 52, 10, 3, "Voids up to 25 mm deep over 0.3 m².", "Photographed; propping stays.", "Vibrator too short for the lift.", "repair", "Cut back and filled with repair mortar R4."},
	{"Slump out of range, load 11", "Level 2, pour 2", "minor", "materials", closed, "Tom Becker", "Kofi Mensah", 47, 5, 1, "Slump 190 mm, class S3 allows 150.", "Load rejected at the gate.", "Water added by the driver.", "reject", "Supplier warned in writing."},
	{"Missing cavity barrier at level 1", "Level 1, north, bay 4", "critical", "safety", closed, "Lena Fischer", "Marco Silva", 41, 5, 2, "Barrier absent over 1.2 m behind the panel.", "Panels above stopped.", "Drawing revision C not on site.", "rework", "Panel removed, barrier fitted, bay reopened for inspection."},
	{"Anchor torque not recorded", "Levels 1–2, north", "minor", "documentation", closed, "Priya Nair", "Lena Fischer", 38, 7, 3, "No torque values for 24 brackets.", "", "Form out of print on site.", "rework", "All 24 tested and recorded."},
	{"Handrail anchors corroded", "Level 0, ramp", "minor", "materials", closed, "Omar Haddad", "Kofi Mensah", 33, 14, 4, "Surface rust on six anchors, marked zinc-plated.", "", "Wrong box on site.", "reject", "Replaced with A4 stainless."},
	{"Sleeve missing in slab level 3", "Level 3, grid C5", "major", "design", verification, "Aisha Rahman", "Kofi Mensah", 29, 21, 6, "Sleeve for the 110 mm soil pipe was not on the pour drawing.", "Core drilling requested.", "Drawing coordinated after issue.", "repair", "Core 150 mm beside the tendon, scanned first."},
	{"Stair riser heights uneven", "Stair 2, level 1–2", "minor", "workmanship", verification, "Dana Whitfield", "Kofi Mensah", 26, 21, 5, "Risers vary between 172 and 181 mm.", "", "Formwork set to the finish of one side.", "repair", "Levelling screed to within 3 mm."},
	{"Insulation gaps above windows", "Level 2, north", "minor", "workmanship", disposition, "Lena Fischer", "Marco Silva", 24, 20, 6, "Gaps of 15 to 30 mm at nine heads.", "Close-up stopped for these bays.", "Boards cut to the old lintel height.", "", ""},
	{"Water test failed, riser 2", "Riser 2, level 2", "major", "workmanship", disposition, "Aisha Rahman", "Marco Silva", 19, 10, 4, "Drop of 0.8 bar in 60 minutes at 15 bar.", "Riser isolated.", "Press fitting not pressed at level 2.", "", ""},
	{"Cube results below 28 MPa at 7 days", "Level 3, pour 1", "critical", "materials", investigating, "Dana Whitfield", "Kofi Mensah", 17, 7, 5, "Two of three cubes at 21 and 22 MPa. Stripping was planned for Thursday.", "Props stay; cores ordered.", "", "", ""},
	{"Panel joints wider than 14 mm", "Level 3, north, bay 2", "minor", "workmanship", investigating, "Lena Fischer", "Marco Silva", 15, 21, 5, "Four joints between 14 and 17 mm; 10 ± 2 is specified.", "", "", "", ""},
	{"Reinforcement laps short at pour joint", "Level 4, grid D–E", "major", "workmanship", verification, "Dana Whitfield", "Kofi Mensah", 12, 10, 3, "Laps measured at 480 mm; the schedule says 600.", "Bay excluded from the pour.", "Bars cut for the former joint position.", "rework", "Splice bars of 1,300 mm added to every lap."},
	{"Temporary edge protection removed", "Level 4, east", "critical", "safety", disposition, "Omar Haddad", "Kofi Mensah", 9, 3, 2, "Eight metres of guard rail missing after the crane lift.", "Area closed, rail put back within the hour.", "No permit for taking rails down.", "", ""},
	{"Flood test: level fell by 6 mm", "Level 2, 2.05", "major", "workmanship", investigating, "Marco Silva", "Lena Fischer", 8, 7, 3, "Level fell by 6 mm in 48 hours; no trace on the ceiling below.", "Drained, room locked.", "", "", ""},
	{"Delivery of doors without labels", "Store, level 0", "minor", "documentation", raised, "Aisha Rahman", "Priya Nair", 6, 14, 3, "Twenty door leaves have no certification label.", "", "", "", ""},
	{"Fire stopping incomplete at cable tray", "Level 1, riser 3", "critical", "safety", investigating, "Priya Nair", "Aisha Rahman", 5, 3, 2, "Opening of 80 × 200 mm around the tray is only filled with wool.", "Hot works in the riser stopped.", "", "", ""},
	{"Bricks of a different batch", "Level 0, entrance", "minor", "materials", raised, "Omar Haddad", "Marco Silva", 4, 14, 3, "Visible change of colour from course 14 on.", "", "", "", ""},
	{"Sealant without primer on east bays", "Level 1, east", "major", "workmanship", raised, "Lena Fischer", "Marco Silva", 2, 10, 3, "Adhesion test peels off clean on three of five joints.", "Sealing stopped.", "", "", ""},
	{"Kicker offset at column E5", "Level 4, grid E5", "major", "workmanship", raised, "Dana Whitfield", "Kofi Mensah", 1, 7, 3, "Kicker lies 18 mm west of the grid line.", "Box not to be set before a decision.", "", "", ""},
}

var schoolReports = []seedReport{
	{"Hall slab out of level", "Sports hall", "major", "workmanship", disposition, "Tom Becker", "Kofi Mensah", 14, 14, 5, "Up to 9 mm under the 2 m straightedge; the sports floor allows 3.", "Flooring put off.", "Laser set up on the wrong benchmark.", "", ""},
	{"Window seals not as sample", "Classroom 3", "minor", "materials", raised, "Tom Becker", "Lena Fischer", 3, 14, 3, "Seals are black; the approved sample is grey.", "", "", "", ""},
}

// seedDay is one day of the diary.
type seedDay struct {
	weather       string
	temperature   float64
	crew          []crewLine
	plant         []plantLine
	notes, delays string
}

var seedDays = []seedDay{
	{"overcast", 9, []crewLine{{"Formwork", 14}, {"Steel fixing", 11}, {"Façade", 8}, {"Mechanical", 6}}, []plantLine{{"Tower crane", 9}, {"Hoist", 8}}, "Level 4: bottom reinforcement of pour 1 complete between A and D. Façade north: barriers at level 2 inspected and accepted. Riser 1 tested, no drop.", ""},
	{"fine", 11, []crewLine{{"Formwork", 15}, {"Steel fixing", 12}, {"Façade", 8}, {"Waterproofing", 4}}, []plantLine{{"Tower crane", 10}, {"Hoist", 8}, {"Telehandler", 5}}, "Level 4: props and beams to grid F. Bathrooms level 2: second coat in 2.01 to 2.04. Delivery of 18 t of reinforcement at 07:30.", ""},
	{"rain", 7, []crewLine{{"Formwork", 12}, {"Steel fixing", 9}, {"Mechanical", 7}}, []plantLine{{"Tower crane", 5}, {"Hoist", 8}, {"Pump", 3}}, "Work moved inside: risers 2 and 3, level 1 partitions set out. Level 3 covered before the rain.", "Crane stopped from 11:20 to 14:00, gusts over 60 km/h."},
	{"showers", 8, []crewLine{{"Formwork", 14}, {"Steel fixing", 10}, {"Façade", 6}, {"Electrical", 5}}, []plantLine{{"Tower crane", 8}, {"Hoist", 8}}, "Columns level 4: starters checked, two kickers to be corrected. Electrical containment level 1 complete to riser 3.", "Façade crew left at 14:00 because of wet joints."},
	{"fine", 12, []crewLine{{"Concrete", 9}, {"Formwork", 10}, {"Steel fixing", 8}, {"Façade", 8}}, []plantLine{{"Tower crane", 9}, {"Concrete pump", 6}, {"Hoist", 8}}, "Pour 1 of level 3 finished at 13:15, 146 m³, slump between 110 and 140 mm. Curing sheets placed by 15:00. Twelve cubes taken.", ""},
	{"wind", 10, []crewLine{{"Formwork", 13}, {"Mechanical", 8}, {"Electrical", 6}, {"Waterproofing", 4}}, []plantLine{{"Tower crane", 4}, {"Hoist", 6}}, "Flood test begun in 2.05 at 09:00. Visit of the fire engineer: level 1 barriers accepted except bay 4.", "Tower crane out of service in the afternoon for wind."},
	{"overcast", 9, []crewLine{{"Formwork", 14}, {"Steel fixing", 11}, {"Façade", 9}, {"Labour", 5}}, []plantLine{{"Tower crane", 9}, {"Hoist", 8}, {"Excavator", 4}}, "Drainage run to the east gully laid and tested. Façade east: brackets to level 2. Toolbox talk on edge protection, 31 present.", ""},
}
