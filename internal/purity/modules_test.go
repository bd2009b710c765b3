package purity

import (
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// heavy are modules that only nested modules may need.
var heavy = []string{"github.com/aws/", "go.opentelemetry.io/", "google.golang.org/", "go.temporal.io/",
	"github.com/gin-gonic/", "github.com/labstack/", "github.com/gofiber/", "github.com/go-chi/", "github.com/gorilla/",
	"github.com/valyala/", "github.com/go-resty/", "github.com/hashicorp/"}

func TestCoreNeedsNoSDK(t *testing.T) {
	cmd := exec.Command("go", "list", "-m", "all")
	cmd.Dir = filepath.Join("..", "..")
	out, err := cmd.Output()
	require.NoError(t, err)
	for line := range strings.Lines(string(out)) {
		for _, prefix := range heavy {
			require.False(t, strings.HasPrefix(line, prefix), "the core needs %s", line)
		}
	}
}

// speaksHTTP are the packages that may import net/http.
var speaksHTTP = []string{"internal/command", "interpreter/api", "interpreter/api/page", "interpreter/httptask", "internal/conformance", "internal/conversation", "examples/approve"}

func TestOnlyTheAPIItsCommandAndTasksSpeakHTTP(t *testing.T) {
	for _, p := range list(t, "./...") {
		if !slices.Contains(speaksHTTP, strings.TrimPrefix(p.ImportPath, module+"/")) {
			require.NotContains(t, p.Imports, "net/http", p.ImportPath)
		}
	}
}

// The models of AWS's services are large: only a program that imports them has
// them.
func TestOnlyTheCommandLinksTheModels(t *testing.T) {
	const models = module + "/asl/awsmodel"
	for _, p := range list(t, "./...") {
		name := strings.TrimPrefix(p.ImportPath, module+"/")
		if name != "cmd/asl" && name != "internal/command" && name != "internal/conformance" && p.ImportPath != models {
			require.NotContains(t, p.Deps, models, p.ImportPath)
		}
	}
}
