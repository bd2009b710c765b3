package sqlite_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestCommitIsOneSync counts the system calls of a process that commits.
func TestCommitIsOneSync(t *testing.T) { checkOneSync(t) }

// TestWriteOfTheRegistryIsOneSync counts those of a process that writes records.
func TestWriteOfTheRegistryIsOneSync(t *testing.T) {
	t.Setenv(childWrites, "registry")
	checkOneSync(t)
}

func checkOneSync(t *testing.T) {
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("strace is not installed")
	}
	syncs := func(groups int) int {
		trace := filepath.Join(t.TempDir(), "trace")
		child := exec.Command(strace, "-f", "-e", "trace=fsync,fdatasync,sync_file_range,msync", "-o", trace, os.Args[0], "-test.run=^$")
		child.Env = append(os.Environ(), childVariable+"="+tempDatabase(t), childGroups+"="+strconv.Itoa(groups))
		out, err := child.CombinedOutput()
		if err != nil {
			t.Skipf("strace cannot trace a process here: %v: %.200s", err, out)
		}
		data, err := os.ReadFile(trace)
		require.NoError(t, err)
		return len(regexp.MustCompile(`(fsync|fdatasync|sync_file_range|msync)\(`).FindAll(data, -1))
	}
	const few, more = 5, 50 // too few for a checkpoint
	require.Equal(t, more, syncs(few+more)-syncs(few))
}
