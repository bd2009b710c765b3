package asl_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/asl/awsmodel"
)

func addRules(f *testing.F) {
	for _, file := range ruleFiles(f) {
		for _, c := range readRules(f, file) {
			f.Add([]byte(strings.Join(c.lines, "\n")))
		}
	}
	f.Add([]byte(nested))
	f.Add([]byte(twoTasks))
}

// Validate never panics. Its findings are sorted, none stands twice, they are in
// the text, and they include those of Parse.
func FuzzValidate(f *testing.F) {
	addRules(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		_, err := asl.Parse(text)
		for _, o := range []asl.Options{{}, {Type: asl.Express, Resources: asl.AWSResources}, {Resources: asl.AWSResources, Models: awsmodel.Models{}}, {Substitutions: map[string]string{"Timeout": "30", "Flag": "true"}}} {
			found := asl.Validate(text, o)
			refused := false
			for i, d := range found {
				refused = refused || d.Severity == asl.SeverityError
				require.LessOrEqual(t, d.Pos.Offset, len(text))
				if i > 0 && i < 100 {
					require.LessOrEqual(t, found[i-1].Pos.Offset, d.Pos.Offset)
				}
				require.False(t, slices.Contains(found[:i], d), "%v stands twice", d)
			}
			if err != nil && o.Substitutions == nil {
				require.True(t, refused, "%v", err)
			}
			if o.Substitutions != nil {
				_, _ = asl.ParseValid(text, o) // refuses more
				continue
			}
			m, err := asl.ParseValid(text, o)
			require.Equal(t, refused, err != nil)
			require.Equal(t, refused, m == nil)
		}
	})
}

// Parse never panics; what it takes comes back from Marshal, and the same text
// comes back from that again.
func FuzzParse(f *testing.F) {
	addRules(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := asl.Parse(text)
		if m == nil {
			require.Error(t, err)
			return
		}
		out, marshalErr := asl.Marshal(m)
		require.NoError(t, marshalErr)
		for range m.All() {
			continue
		}
		if err != nil {
			return
		}
		again, err := asl.Parse(out)
		require.NoError(t, err, "%s", out)
		second, err := asl.Marshal(again)
		require.NoError(t, err)
		require.Equal(t, string(out), string(second))
	})
}
