package rollout

import (
	"fmt"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // zones have to be known in a container that has none

	"github.com/siteproof/belay/internal/fault"
)

// Window is a stretch of the week in which a phase may be left.
type Window struct {
	Days []string `json:"days,omitempty" enum:"mon,tue,wed,thu,fri,sat,sun" doc:"Days on which it begins; every day when left out."`
	From string   `json:"from,omitempty" pattern:"^([01][0-9]|2[0-3]):[0-5][0-9]$" doc:"When it begins, by the clocks of the zone: 09:00; the start of the day when left out."`
	To   string   `json:"to,omitempty" pattern:"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$" doc:"When it ends; not after From means on the next day. The end of the day when left out."`
	Zone string   `json:"zone" doc:"Time zone: Europe/Berlin, UTC."`
}

// weekdays by what a window calls them, as time.Weekday numbers them.
var weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// Bounds of windows.
const (
	mostWindows = 20
	dayMinutes  = 24 * 60
)

// clock reads 09:30 as minutes after midnight.
func clock(text string, otherwise int) (minutes int, ok bool) {
	if text == "" {
		return otherwise, true
	}
	var hour, minute int
	if n, err := fmt.Sscanf(text, "%2d:%2d", &hour, &minute); n != 2 || err != nil || len(text) != len("09:30") {
		return 0, false
	}
	minutes = 60*hour + minute
	return minutes, hour >= 0 && minute >= 0 && minute < 60 && minutes <= dayMinutes
}

// check says what is wrong with a window.
func (w Window) check(f *fault.Error, at string) {
	for n, day := range w.Days {
		f.Check(slices.Contains(weekdays, day), fmt.Sprintf("%s.days[%d]", at, n), "one of mon, tue, wed, thu, fri, sat, sun")
	}
	from, ok := clock(w.From, 0)
	f.Check(ok && from < dayMinutes, at+".from", "a time of the day such as 09:00")
	to, ok := clock(w.To, dayMinutes)
	f.Check(ok, at+".to", "a time of the day such as 16:00, at most 24:00")
	f.Check(from != to, at+".to", "another time than from")
	_, err := time.LoadLocation(w.Zone)
	f.Check(w.Zone != "" && w.Zone != "Local" && err == nil, at+".zone", "a time zone such as Europe/Berlin or UTC")
}

// opens is the first moment in the window that is not before another one; found is false when there is none.
func (w Window) opens(after time.Time) (at time.Time, found bool) {
	where, err := time.LoadLocation(w.Zone)
	if err != nil {
		return at, false
	}
	from, _ := clock(w.From, 0)
	to, _ := clock(w.To, dayMinutes)
	if to <= from {
		to += dayMinutes
	}
	local := after.In(where)
	const before, ahead = -1, 8 // a window may have begun yesterday; a week has all days, and a clock change one more
	for day := before; day <= ahead; day++ {
		moment := func(minutes int) time.Time {
			return time.Date(local.Year(), local.Month(), local.Day()+day, 0, minutes, 0, 0, where)
		}
		const noon = dayMinutes / 2 // which every day has
		if len(w.Days) > 0 && !slices.Contains(w.Days, weekdays[moment(noon).Weekday()]) {
			continue
		}
		if begins, ends := moment(from), moment(to); begins.Before(ends) && after.Before(ends) {
			if begins.Before(after) {
				begins = after
			}
			return begins, true
		}
	}
	return at, false
}

// opens is the first moment, not before another one, at which the phase may be left; found is false when there is none.
func (p Phase) opens(after time.Time) (first time.Time, found bool) {
	if len(p.Windows) == 0 {
		return after, true
	}
	for _, w := range p.Windows {
		if at, opens := w.opens(after); opens && (!found || at.Before(first)) {
			first, found = at, true
		}
	}
	return first, found
}

// shut says until when the phase may not be left because of the hour; "" when it may.
func (p Phase) shut(now time.Time) string {
	at, found := p.opens(now)
	switch {
	case !found:
		return "an hour in which it may go on: there is none"
	case !at.After(now):
		return ""
	}
	where, _ := time.LoadLocation(p.Windows[0].Zone)
	return fmt.Sprintf("the hours in which it may go on: from %s (%s)", at.In(where).Format("Mon 2 Jan 15:04"), where)
}

// String says a window: "mon to fri 09:00–16:00 Europe/Berlin".
func (w Window) String() string {
	days := strings.Join(w.Days, ", ")
	if days == "" {
		days = "every day"
	}
	from, to := w.From, w.To
	if from == "" {
		from = "00:00"
	}
	if to == "" {
		to = "24:00"
	}
	return fmt.Sprintf("%s %s–%s %s", days, from, to, w.Zone)
}
