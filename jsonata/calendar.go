package jsonata

import "math"

// Dates are milliseconds since 1970 as doubles, as in JavaScript, in the
// Gregorian calendar and without time zones. NaN is an invalid date.

const (
	millisPerSecond = 1000
	millisPerMinute = 60 * millisPerSecond
	millisPerHour   = 60 * millisPerMinute
	millisPerDay    = 24 * millisPerHour
	millisPerWeek   = 7 * millisPerDay

	// maxDate is the last date in JavaScript. The first is -maxDate.
	maxDate = 8.64e15
)

// A moment holds the fields of a date.
type moment struct {
	valid                          bool
	date                           float64
	year, month, day, weekday      int // month 1 to 12, weekday 1 (Monday) to 7
	hour, minute, second, fraction int // fraction in milliseconds
}

func momentOf(date float64) moment {
	date = validDate(date)
	if math.IsNaN(date) {
		return moment{date: date}
	}
	t := int64(date)
	days, rest := t/millisPerDay, int(t%millisPerDay)
	if rest < 0 {
		days, rest = days-1, rest+millisPerDay
	}
	m := moment{valid: true, date: date}
	m.year, m.month, m.day = civilDate(int(days))
	m.weekday = weekdayOf(int(days))
	m.hour, rest = rest/millisPerHour, rest%millisPerHour
	m.minute, rest = rest/millisPerMinute, rest%millisPerMinute
	m.second, m.fraction = rest/millisPerSecond, rest%millisPerSecond
	return m
}

// validDate truncates a date to whole milliseconds. It returns NaN if the date
// is out of range.
func validDate(date float64) float64 {
	if !(math.Abs(date) <= maxDate) {
		return math.NaN()
	}
	return math.Trunc(date)
}

// weekdayOf returns the weekday of a day, counted from 1970-01-01.
func weekdayOf(days int) int {
	return ((days+3)%7+7)%7 + 1
}

const (
	daysPer400Years = 146097
	// Years start in March here, so that a leap day is the last day of a year.
	daysToMarch0 = 719468 // from 0000-03-01 to 1970-01-01
)

// civilDate returns the date of a day, counted from 1970-01-01.
func civilDate(days int) (year, month, day int) {
	days += daysToMarch0
	era := floorDiv(days, daysPer400Years)
	days -= era * daysPer400Years
	year = (days - days/1460 + days/36524 - days/146096) / 365
	days -= 365*year + year/4 - year/100
	march := (5*days + 2) / 153
	day = days - (153*march+2)/5 + 1
	year += era * 400
	if march < 10 {
		return year, march + 3, day
	}
	return year + 1, march - 9, day
}

// daysTo counts the days from 1970-01-01 to the first of a month, 1 to 12.
func daysTo(year, month int) int {
	if month <= 2 {
		year--
		month += 12
	}
	era := floorDiv(year, 400)
	year -= era * 400
	return era*daysPer400Years + 365*year + year/4 - year/100 + (153*(month-3)+2)/5 - daysToMarch0
}

func floorDiv(a, b int) int {
	if a%b < 0 {
		return a/b - 1
	}
	return a / b
}

// dateOf is JavaScript's Date.UTC: any field may be out of its range, and a
// year of two digits is in the twentieth century. Month counts from 0.
func dateOf(year, month, day, hour, minute, second, fraction float64) float64 {
	year = math.Trunc(year)
	if year >= 0 && year <= 99 {
		year += 1900
	}
	return plainDate(year, month, day, hour, minute, second, fraction)
}

// plainDate is dateOf, but takes the years 0 to 99 literally.
func plainDate(year, month, day, hour, minute, second, fraction float64) float64 {
	const mostYears, mostMonths = 1e6, 1e7
	if !(math.Abs(year) <= mostYears) || !(math.Abs(month) <= mostMonths) {
		return math.NaN()
	}
	m := int(month)
	years := floorDiv(m, 12)
	days := float64(daysTo(int(year)+years, m-years*12+1)) + math.Trunc(day) - 1
	time := float64(math.Trunc(hour)*millisPerHour) + float64(math.Trunc(minute)*millisPerMinute) +
		float64(math.Trunc(second)*millisPerSecond) + math.Trunc(fraction)
	return validDate(float64(days*millisPerDay) + time)
}

// firstOf returns dateOf for the first day of a month.
func firstOf(year, month float64) float64 { return dateOf(year, month, 1, 0, 0, 0, 0) }

// startOfDay returns dateOf for the day. For the years 0 to 99 that is another
// day.
func (m *moment) startOfDay() float64 {
	return dateOf(float64(m.year), float64(m.month-1), float64(m.day), 0, 0, 0, 0)
}

// componentNumber returns a component of a date as a number: NaN for an invalid
// date, 0 for a component without a number.
func (m *moment) componentNumber(component rune) float64 {
	if !m.valid {
		return math.NaN()
	}
	switch component {
	case 'Y':
		return float64(m.year)
	case 'M':
		return float64(m.month)
	case 'D':
		return float64(m.day)
	case 'd':
		return (m.startOfDay()-firstOf(float64(m.year), 0))/millisPerDay + 1
	case 'F':
		return float64(m.weekday)
	case 'W', 'w', 'X', 'x':
		return m.weekNumber(component)
	case 'H':
		return float64(m.hour)
	case 'h':
		return float64((m.hour+11)%12 + 1)
	case 'm':
		return float64(m.minute)
	case 's':
		return float64(m.second)
	case 'f':
		return float64(m.fraction)
	}
	return 0
}

// weekNumber returns the week of the year (W) or of the month (w), or the year
// (X) or the month (x) that the week belongs to. A week belongs to the period
// that its Thursday is in.
func (m *moment) weekNumber(component rune) float64 {
	year, month := float64(m.year), float64(m.month-1)
	switch component {
	case 'W':
		return weekIn(m.startOfDay(), firstWeek(year-1, 0), firstWeek(year, 0), firstWeek(year+1, 0), 52)
	case 'X':
		return year + weekBelongs(m.date, firstWeek(year, 0), firstWeek(year+1, 0))
	}
	previous, this, next := month-1, firstWeek(year, month), month+1
	lastYear, nextYear := year, year
	if previous < 0 {
		previous, lastYear = 11, year-1
	}
	if next > 11 {
		next, nextYear = 0, year+1
	}
	if component == 'w' {
		return weekIn(m.startOfDay(), firstWeek(lastYear, previous), this, firstWeek(nextYear, next), 4)
	}
	switch weekBelongs(m.date, this, firstWeek(nextYear, next)) {
	case -1:
		return previous + 1
	case 1:
		return next + 1
	}
	return month + 1
}

// firstWeek returns the Monday of the first week of a month.
func firstWeek(year, month float64) float64 {
	first := firstOf(year, month)
	if math.IsNaN(first) {
		return first
	}
	weekday := weekdayOf(int(math.Floor(first / millisPerDay)))
	if weekday > 4 {
		return first + float64(8-weekday)*millisPerDay
	}
	return first - float64(weekday-1)*millisPerDay
}

// weekIn counts the weeks of a period up to a day. It takes the starts of the
// first weeks of the previous period, of this one and of the next. Only after
// all weeks, the number that each period has, can the week be the first of the
// next period.
func weekIn(day, previous, this, next, all float64) float64 {
	week := (day-this)/millisPerWeek + 1
	switch {
	case week > all && day >= next:
		return 1
	case week < 1:
		week = (day-previous)/millisPerWeek + 1
	}
	return math.Floor(week)
}

// weekBelongs returns -1 for a date in the previous period, 1 for one in the
// next, else 0.
func weekBelongs(date, this, next float64) float64 {
	switch {
	case date < this:
		return -1
	case date >= next:
		return 1
	}
	return 0
}
