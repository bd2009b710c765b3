package asltest_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/interpreter/asltest"
)

// beside runs two lists of states in parallel branches.
func beside(a, b string) string {
	return `{"StartAt": "Fork", "States": {"Fork": {"Type": "Parallel", "ResultPath": null, "End": true, "Branches": [` + a + `, ` + b + `]}}}`
}

// Functions of concurrent tasks may share data. Explore tries other orders of their
// calls. A run without a seed calls them in the order of their starts and passes.
var races = map[string]struct {
	definition string
	test       func(t testing.TB, p *asltest.Program, schedule asltest.Option)
}{
	"lost update": {
		beside(`{"StartAt": "Deposit", "States": {"Deposit": {"Type": "Task", "Resource": "deposit", "End": true}}}`,
			`{"StartAt": "Load", "States": {
				"Load": {"Type": "Task", "Resource": "load", "Next": "Save"},
				"Save": {"Type": "Task", "Resource": "save", "End": true}}}`),
		func(t testing.TB, p *asltest.Program, schedule asltest.Option) {
			balance := 100
			asltest.Run(t, p, nil, schedule,
				asltest.On("Deposit").Call(func() { balance += 10 }),
				asltest.On("Load").Call(func() int { return balance }),
				asltest.On("Save").Call(func(loaded int) { balance = loaded + 5 })).WantSucceeded()
			if balance != 115 {
				t.Errorf("the balance is %d", balance)
			}
		},
	},
	"double spend": { // the transfer takes a while, the other branch looks at the balance meanwhile
		beside(`{"StartAt": "Transfer", "States": {"Transfer": {"Type": "Task", "Resource": "transfer", "End": true}}}`,
			`{"StartAt": "Later", "States": {
				"Later": {"Type": "Wait", "Seconds": 1, "Next": "Balance"},
				"Balance": {"Type": "Task", "Resource": "balance", "Next": "Enough?"},
				"Enough?": {"Type": "Choice", "Choices": [{"Variable": "$", "NumericGreaterThanEquals": 80, "Next": "Withdraw"}], "Default": "Refuse"},
				"Withdraw": {"Type": "Task", "Resource": "withdraw", "End": true},
				"Refuse": {"Type": "Succeed"}}}`),
		func(t testing.TB, p *asltest.Program, schedule asltest.Option) {
			balance := 100
			spend := func() { balance -= 80 }
			asltest.Run(t, p, nil, schedule, asltest.AllowUnused(),
				asltest.On("Transfer").After(2*time.Second).Call(spend),
				asltest.On("Balance").Call(func() int { return balance }),
				asltest.On("Withdraw").Call(spend)).WantSucceeded()
			if balance < 0 {
				t.Errorf("the balance is %d", balance)
			}
		},
	},
	"check, then act": {
		beside(`{"StartAt": "Create", "States": {"Create": {"Type": "Task", "Resource": "create", "End": true}}}`,
			`{"StartAt": "Exists", "States": {
				"Exists": {"Type": "Task", "Resource": "exists", "Next": "Exists?"},
				"Exists?": {"Type": "Choice", "Choices": [{"Variable": "$", "BooleanEquals": true, "Next": "Use"}], "Default": "Make"},
				"Make": {"Type": "Task", "Resource": "make", "Next": "Use"},
				"Use": {"Type": "Succeed"}}}`),
		func(t testing.TB, p *asltest.Program, schedule asltest.Option) {
			bucket := false
			create := func() error {
				if bucket {
					return asl.Errorf("BucketAlreadyExists", "")
				}
				bucket = true
				return nil
			}
			asltest.Run(t, p, nil, schedule, asltest.AllowUnused(),
				asltest.On("Create").Call(create), asltest.On("Make").Call(create),
				asltest.On("Exists").Call(func() bool { return bucket })).WantSucceeded()
		},
	},
	"an effect after its timeout": {
		`{"StartAt": "Charge", "States": {
			"Charge": {"Type": "Task", "Resource": "charge", "TimeoutSeconds": 2, "End": true, "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Refund"}]},
			"Refund": {"Type": "Task", "Resource": "refund", "Next": "Settle"},
			"Settle": {"Type": "Wait", "Seconds": 60, "End": true}}}`,
		func(t testing.TB, p *asltest.Program, schedule asltest.Option) {
			charged := 0
			asltest.Run(t, p, nil, schedule,
				asltest.On("Charge").After(5*time.Second).Call(func() { charged += 10 }),
				asltest.On("Refund").Call(func() { charged = 0 })).WantSucceeded()
			if charged != 0 {
				t.Errorf("%d was charged and not refunded", charged)
			}
		},
	},
}

func TestExploreFindsRacesBetweenHandlers(t *testing.T) {
	for name, race := range races {
		t.Run(name, func(t *testing.T) {
			p := asltest.Compile(t, race.definition)
			run := func(schedule asltest.Option) string {
				return asltest.Try(func(t testing.TB) { race.test(t, p, schedule) })
			}
			require.Empty(t, run(asltest.Seed(0)), "a plain run misses it")
			report := asltest.Try(func(t testing.TB) {
				asltest.Explore(t, 50, func(t testing.TB, schedule asltest.Option) { race.test(t, p, schedule) })
			})
			require.Contains(t, report, "fails: run it alone with asltest.Seed(")
			_, seed, _ := strings.Cut(report, "asltest.Seed(")
			n := uint64(seed[0] - '0')
			if seed[1] != ')' {
				n = 10*n + uint64(seed[1]-'0')
			}
			alone := run(asltest.Seed(n))
			require.NotEmpty(t, alone)
			require.Equal(t, alone, run(asltest.Seed(n)), "the same seed gives the same run")
		})
	}
}

// In any order, the function of a task that answers is called once, before the answer.
func TestFunctionsAreCalledOnceBeforeTheirAnswers(t *testing.T) {
	p := asltest.Compile(t, fanOut)
	asltest.Explore(t, 50, func(t testing.TB, schedule asltest.Option) {
		calls := 0
		x := asltest.Run(t, p, `{"items": [1, 2, 3, 4]}`, schedule, asltest.On("A1").Return(`1`), asltest.On("B1").Return(`2`),
			asltest.On("Pack").Heartbeat(2*time.Second).After(5*time.Second).Call(func(n int) int { calls++; return 10 * n }))
		x.WantOutput(`[10, 20, 30, 40]`)
		x.WantElapsed(10 * time.Second)
		if calls != 4 {
			t.Errorf("%d calls", calls)
		}
	})
}
