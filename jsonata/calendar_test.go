package jsonata

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestMomentOf(t *testing.T) {
	for date := int64(-maxDate); date <= maxDate; date += 2_345_678_901_234 {
		want := time.UnixMilli(date).UTC()
		got := momentOf(float64(date))
		require.True(t, got.valid)
		y, m, d := want.Date()
		require.Equal(t, []int{y, int(m), d, int(want.Weekday()+6)%7 + 1}, []int{got.year, got.month, got.day, got.weekday}, date)
		h, mi, s := want.Clock()
		require.Equal(t, []int{h, mi, s, want.Nanosecond() / 1e6}, []int{got.hour, got.minute, got.second, got.fraction}, date)
		back := plainDate(float64(got.year), float64(got.month-1), float64(got.day), float64(h), float64(mi), float64(s), float64(got.fraction))
		require.Equal(t, float64(date), back)
		if y >= 101 {
			isoYear, isoWeek := want.ISOWeek()
			require.Equal(t, []float64{float64(isoYear), float64(isoWeek)}, []float64{got.componentNumber('X'), got.componentNumber('W')}, date)
			require.Equal(t, float64(want.YearDay()), got.componentNumber('d'))
		}
	}
	for _, date := range []float64{math.NaN(), math.Inf(1), maxDate + 1, -maxDate - 1} {
		require.False(t, momentOf(date).valid)
	}
}
