package spelling_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/internal/spelling"
)

func TestSimilar(t *testing.T) {
	known := []string{"id", "D", "total", "charge", "Charge2", "Überweisung", "StartExecution", "States.ALL", "States.TaskFailed", "lambda:pay"}
	for name, want := range map[string]string{
		"totl": "total", "totall": "total", "tetal": "total", "ttoal": "total", "TOTAL": "total", "toatll": "",
		"chrage": "charge", "charge2": "Charge2", "Charge": "charge", "chargs2": "Charge2",
		"uberweisung": "Überweisung", "üebrweisnug": "Überweisung", "uebrweisnug": "",
		"StratExecutoin": "StartExecution", "starexecutons": "StartExecution", "SttaExcteion": "",
		"States.all": "States.ALL", "States.Al": "States.ALL", "States.Foo": "", "Sates.TaskFailde": "States.TaskFailed",
		"lambda:add": "", "lambda:pya": "lambda:pay", "lamda:pay": "lambda:pay",
		"d": "D", "ID": "id", "di": "", "i": "", "sum": "", "": "", "total": "", "\xff": "",
	} {
		similar, ok := spelling.Similar(name, slices.Values(known))
		require.Equal(t, want, similar, name)
		require.Equal(t, want != "", ok, name)
	}
}

func TestSimilarPrefersTheNearest(t *testing.T) {
	for _, c := range []struct {
		name  string
		known []string
		want  string
	}{
		{"shipments", []string{"Shipped", "ShipMent", "shipment"}, "ShipMent"},
		{"authorise", []string{"authorizes", "Authorize", "AUTHORISE"}, "AUTHORISE"},
		{"pay", []string{"pat", "Pay", "paid"}, "Pay"},
		{"x", nil, ""},
	} {
		similar, _ := spelling.Similar(c.name, slices.Values(c.known))
		require.Equal(t, c.want, similar, c.name)
	}
}

// Every letter of these could be edited at either end.
func TestSimilarOfLongNames(t *testing.T) {
	long := strings.Repeat("ab", 1<<19)
	similar, ok := spelling.Similar(long[1:], slices.Values([]string{"ab", long}))
	require.True(t, ok)
	require.Len(t, similar, len(long))
	_, ok = spelling.Similar(long, slices.Values([]string{strings.Repeat("ba", 1<<19), strings.Repeat("ac", 1<<19)}))
	require.True(t, ok, "ba...: one letter removed and one added")
}
