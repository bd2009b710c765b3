package graph

import (
	"bytes"
	"encoding/xml"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// rgb is a colour, each part from 0 to 1.
type rgb [3]float64

func parseColour(t testing.TB, s string) rgb {
	t.Helper()
	n, err := strconv.ParseUint(strings.TrimPrefix(s, "#"), 16, 24)
	require.NoError(t, err, s)
	return rgb{float64(n>>16) / 255, float64(n>>8&255) / 255, float64(n&255) / 255}
}

// over lays a colour of some opacity over another one.
func (c rgb) over(below rgb, opacity float64) rgb {
	for i := range c {
		c[i] = c[i]*opacity + below[i]*(1-opacity)
	}
	return c
}

// luminance is the relative luminance of WCAG 2.
func (c rgb) luminance() float64 {
	for i, v := range c {
		if v <= 0.04045 {
			c[i] = v / 12.92
		} else {
			c[i] = math.Pow((v+0.055)/1.055, 2.4)
		}
	}
	return 0.2126*c[0] + 0.7152*c[1] + 0.0722*c[2]
}

func contrast(a, b rgb) float64 {
	high, low := a.luminance(), b.luminance()
	return (max(high, low) + 0.05) / (min(high, low) + 0.05)
}

// darkTheme reads the colours of a dark theme from a picture's style sheet.
func darkTheme(svg []byte) map[string]string {
	theme := make(map[string]string)
	for line := range strings.Lines(string(svg)) {
		if _, rest, ok := strings.Cut(line, `([fill="`); ok && strings.HasPrefix(line, ":where(.asl) ") {
			light, rest, _ := strings.Cut(rest, `"`)
			_, rest, _ = strings.Cut(rest, "{fill:")
			dark, _, _ := strings.Cut(rest, "}")
			theme[light] = dark
		}
	}
	return theme
}

// eachText calls f with every text of a picture, and its contrast with what is below it:
// the last shapes that were drawn in the elements around it.
func eachText(t testing.TB, svg []byte, theme map[string]string, f func(text string, contrast float64)) {
	t.Helper()
	colour := func(light string) rgb {
		if theme != nil {
			require.Contains(t, theme, light, "a colour without a dark one")
			light = theme[light]
		}
		return parseColour(t, light)
	}
	below := []rgb{colour(paper)} // of each open element
	ink, reading := "", false
	for d := xml.NewDecoder(bytes.NewReader(svg)); ; {
		token, err := d.Token()
		if err == io.EOF {
			return
		}
		require.NoError(t, err)
		switch token := token.(type) {
		case xml.StartElement:
			fill, opacity := "", 1.0
			for _, a := range token.Attr {
				switch a.Name.Local {
				case "fill":
					fill = a.Value
				case "stroke":
					if a.Value != "none" {
						colour(a.Value)
					}
				case "fill-opacity":
					opacity, err = strconv.ParseFloat(a.Value, 64)
					require.NoError(t, err)
				}
			}
			last := len(below) - 1
			switch token.Name.Local {
			case "text":
				ink, reading = fill, true
			case "rect", "path":
				if fill != "none" && !strings.Contains(attribute(token, "class"), "arrow") {
					below[last] = colour(fill).over(below[last], opacity)
				}
			}
			below = append(below, below[last])
		case xml.EndElement:
			below = below[:len(below)-1]
			reading = false
		case xml.CharData:
			if reading {
				f(string(token), contrast(colour(ink), below[len(below)-1]))
			}
		}
	}
}

func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// Each text can be read in a light and in a dark theme, whatever became of the states.
func TestContrast(t *testing.T) {
	pictures := map[string][]byte{}
	for _, name := range []string{"line", "loop", "names", "trip"} {
		pictures[name] = read(t, name).SVG()
	}
	for _, name := range []string{"trip-happy", "trip-sad", "trip-running"} {
		g := read(t, "trip")
		g.AddHistory(slices.Values(readHistory(t, name)))
		pictures[name] = g.SVG()
	}
	for o := range Running + 1 {
		g := read(t, "trip")
		g.Traced = true
		for _, n := range g.states {
			n.Run = &Run{Outcome: o, Error: "Broken", Attempts: 2}
		}
		pictures["all "+o.String()] = g.SVG()
	}
	for name, svg := range pictures {
		for mode, theme := range map[string]map[string]string{"light": nil, "dark": darkTheme(svg)} {
			texts := 0
			eachText(t, svg, theme, func(text string, got float64) {
				texts++
				require.GreaterOrEqual(t, got, 4.5, "%s, %s: %q", name, mode, text)
			})
			require.Greater(t, texts, 3)
		}
	}
}

// Programs that have no style sheets show the light colours, and a page's rules go before
// the picture's.
func TestThemeIsOnlyADefault(t *testing.T) {
	svg := string(read(t, "line").SVG())
	require.Contains(t, svg, `class="background" fill="#ffffff"`)
	require.Contains(t, svg, "@media screen and (prefers-color-scheme:dark)")
	require.NotContains(t, svg, "!important")
	_, sheet, _ := strings.Cut(svg, "<style>")
	sheet, _, _ = strings.Cut(sheet, "</style>")
	for _, rule := range strings.Split(strings.TrimSpace(sheet), "\n")[1:] {
		require.True(t, rule == "}" || strings.HasPrefix(rule, ":where("), rule)
	}
}

// A screen reader reads the picture as one, with a title and what became of the states.
func TestPictureHasATitle(t *testing.T) {
	svg := string(read(t, "loop").SVG())
	require.Contains(t, svg, ` role="img"`)
	require.Contains(t, svg, "<title>State machine</title>\n<desc>")
	g := read(t, "trip")
	require.Contains(t, string(g.SVG()), "<title>Book a trip</title>\n<desc>13 states</desc>")
	g.AddHistory(slices.Values(readHistory(t, "trip-sad")))
	require.Contains(t, string(g.SVG()), "<desc>13 states: ")
}

// The labels of lines in DOT have the colours of their lines, or one that can be read.
func TestContrastOfDOT(t *testing.T) {
	g := read(t, "trip")
	check := func(least int) {
		inks := 0
		for line := range strings.Lines(string(g.DOT())) {
			if !strings.Contains(line, " -> ") {
				continue
			}
			if _, ink, ok := strings.Cut(line, `fontcolor="`); ok {
				ink, _, _ = strings.Cut(ink, `"`)
				require.GreaterOrEqual(t, contrast(parseColour(t, ink), parseColour(t, paper)), 4.5, line)
				inks++
			}
		}
		require.GreaterOrEqual(t, inks, least)
	}
	check(3)
	require.Contains(t, string(g.DOT()), "shape=hexagon")
	g.AddHistory(slices.Values(readHistory(t, "trip-sad")))
	check(5)
}
