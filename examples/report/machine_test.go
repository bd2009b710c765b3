package main

import (
	"testing"

	"github.com/gostates/gostates/interpreter/asltest"
)

func TestMain(m *testing.M) { asltest.Main(m) }

// Batches take rows as they come, across files, in any order of their ends.
func TestMachine(t *testing.T) {
	p := asltest.Load(t, "report.asl.json")
	files := asltest.Files(map[string]string{
		"shop/sales/1.csv": "amount,day\n1,2026-01-02\n2,2026-01-09\n",
		"shop/sales/2.csv": "day,amount\n2026-01-31,4\n2026-02-01,8\n2026-02-02,16\n2026-02-03,32\n",
		"shop/other.csv":   "day,amount\n2026-02-03,64\n",
	})
	asltest.Explore(t, 10, func(t testing.TB, schedule asltest.Option) {
		x := asltest.Run(t, p, folder{"shop", "sales/"}, files, schedule,
			asltest.On("Sum").Call(sum), asltest.On("Merge").Call(merge))
		x.WantOutput(`{"2026-01": 7, "2026-02": 56}`)
		run := x.MapRun("SumBatches")
		run.WantItemCounts(`{"total": 6, "succeeded": 6, "resultsWritten": 6}`)
		run.Child(0).WantOutput(`{"2026-01": 7, "2026-02": 24}`)
		run.Child(1).WantInput(`{"Items": [{"month": "2026-02", "amount": 32}]}`)
	})
}

// A batch that fails, fails the report.
func TestMachineThatFails(t *testing.T) {
	x := asltest.Run(t, asltest.Load(t, "report.asl.json"), folder{"shop", ""},
		asltest.Files(map[string]string{"shop/a.csv": "amount,day\n1,2026-01-02\n"}), asltest.On("Sum").Throw("Broken", ""))
	x.WantFailed("States.ExceedToleratedFailureThreshold")
	x.MapRun("SumBatches").WantFailed("States.ExceedToleratedFailureThreshold")
	x.MapRun("SumBatches").Child(0).WantFailed("Broken")
}
