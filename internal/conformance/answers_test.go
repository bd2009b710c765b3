package conformance

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl/awsmodel"
	"github.com/gostates/gostates/value"
)

// TestServiceAnswersFitTheModels checks every result that a service was recorded
// to give to a Task of aws-sdk as strictly as TestState checks a mock.
func TestServiceAnswersFitTheModels(t *testing.T) {
	answers := 0
	for _, dir := range Folders() {
		names, err := Files(dir, "history")
		require.NoError(t, err)
		for _, name := range names {
			data, err := os.ReadFile(filepath.Join(dir, "history", name))
			require.NoError(t, err)
			recording, err := value.Parse(data)
			require.NoError(t, err)
			for _, e := range listOf(objectOf(recording.(*value.Object), "expected"), "events") {
				event, _ := e.(*value.Object)
				d := objectOf(event, "taskSucceededEventDetails")
				service := textOf(d, "resourceType")
				if !strings.HasPrefix(service, "aws-sdk:") {
					continue
				}
				resource := "arn:aws:states:::" + service + ":" + textOf(d, "resource")
				require.Empty(t, awsmodel.Models{}.CheckResponse(resource, dataOf(memberOf(d, "output")), true), "%s: %s", name, resource)
				answers++
			}
		}
	}
	if answers == 0 {
		t.Skipf("no recordings of aws-sdk in %s: ASL_CORPUS lists the folders of the corpus", strings.Join(Folders(), ", "))
	}
	fmt.Printf("results of aws-sdk: %d fit the models\n", answers)
}
