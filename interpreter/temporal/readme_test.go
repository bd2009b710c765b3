package temporal_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The README shows the code of the example, and of the test in the environment.
func TestReadmeShowsTheExample(t *testing.T) {
	source, err := os.ReadFile("example_test.go")
	require.NoError(t, err)
	_, body, found := strings.Cut(string(source), "func Example() {\n")
	require.True(t, found)
	body = strings.TrimSuffix(body, "}\n")
	environment, err := os.ReadFile("environment_test.go")
	require.NoError(t, err)
	_, test, found := strings.Cut(string(environment), "\n)\n\n")
	require.True(t, found)
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	require.Contains(t, string(readme), strings.ReplaceAll("\n"+body, "\n\t", "\n"))
	require.Contains(t, string(readme), "```go\n"+test+"```\n")
}
