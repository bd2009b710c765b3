package main

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter/objects"
)

const want = `2026-01     628.25
2026-02     498.50
2026-03     759.00
total      1885.75
12 rows in 3 batches
`

// The embedded files and a folder of the same files give the same report.
func TestReport(t *testing.T) {
	for _, data := range []string{"", "data"} {
		var out bytes.Buffer
		require.NoError(t, run(context.Background(), &out, data))
		require.Equal(t, want, out.String())
	}
}

// The sums do not depend on how the rows fall into files and batches.
func TestReportOfManyRows(t *testing.T) {
	store := objects.Memory("shop")
	random := rand.New(rand.NewPCG(1, 2))
	sums, rows := map[string]int{}, 0
	for file := range 20 {
		var csv strings.Builder
		csv.WriteString("amount,day\n")
		for range 1 + random.IntN(30) {
			month, amount := fmt.Sprintf("2026-%02d", 1+random.IntN(3)), random.IntN(1000)
			fmt.Fprintf(&csv, "%d,%s-17\n", amount, month)
			sums[month] += amount
			rows++
		}
		store.Set("shop", fmt.Sprintf("sales/%d.csv", file), []byte(csv.String()))
	}
	var out bytes.Buffer
	require.NoError(t, report(context.Background(), &out, store, folder{Bucket: "shop", Prefix: "sales/"}))
	total := 0
	var expected strings.Builder
	for _, month := range []string{"2026-01", "2026-02", "2026-03"} {
		fmt.Fprintf(&expected, "%s %10.2f\n", month, float64(sums[month]))
		total += sums[month]
	}
	fmt.Fprintf(&expected, "total   %10.2f\n%d rows in %d batches\n", float64(total), rows, (rows+4)/5)
	require.Equal(t, expected.String(), out.String())
}

// An amount that is not a number fails the report instead of being left out.
func TestReportOfADamagedFile(t *testing.T) {
	data := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(data, "sales"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(data, "sales", "2026-01.csv"), []byte("day,amount\n2026-01-05,a lot\n"), 0o644))
	require.Error(t, run(context.Background(), &bytes.Buffer{}, data))
	err := run(context.Background(), &bytes.Buffer{}, t.TempDir())
	require.ErrorContains(t, err, "The specified bucket does not exist")
}
