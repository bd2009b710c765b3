package build_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/asl"
	"github.com/gostates/gostates/asl/build"
	"github.com/gostates/gostates/graph"
	"github.com/gostates/gostates/interpreter/asltest"
	"github.com/gostates/gostates/value"
)

// object makes an object of keys and values.
func object(keysAndValues ...any) *value.Object {
	o := value.NewObject(len(keysAndValues) / 2)
	for i := 0; i < len(keysAndValues); i += 2 {
		o.Set(keysAndValues[i].(string), keysAndValues[i+1])
	}
	return o
}

const orderComment = "Process an order, charge the card with retries, and tell the customer how it went."

func order() *build.StateMachine {
	declined := build.Fail("Declined").ErrorPath("$.error.Error").CausePath("$.error.Cause")
	notify := func(name, text string) *build.TaskState {
		return build.Task(name).Resource("notify").ResultPath(build.Null).
			Parameters(object("to.$", "$.customer", "text.$", text))
	}
	notifyDeclined := notify("NotifyDeclined", "States.Format('Order {} is not paid: {}', $.order.id, $.error.Cause)").Then(declined)
	notifyPaid := notify("NotifyPaid", "States.Format('Order {} is paid: {} {}.', $.order.id, $.receipt.amount, $.receipt.currency)").
		OutputPath("$.receipt")
	pay := build.Task("Pay").Resource("pay").InputPath("$.order").ResultPath("$.receipt").TimeoutSeconds(30).
		Retry(build.RetryOn("BankBusy", asl.StatesTimeout).IntervalSeconds(1).BackoffRate(2).MaxAttempts(3)).
		Catch(build.CatchOn("CardDeclined").ResultPath("$.error").Then(notifyDeclined)).
		Then(notifyPaid)
	return build.Machine(build.Task("Process").Resource("process").ResultPath("$.order").Then(pay)).Comment(orderComment)
}

func orderInJSONata() *build.StateMachine {
	declined := build.Fail("Declined").Error("{% $error.Error %}").Cause("{% $error.Cause %}")
	notify := func(name, text string) *build.TaskState {
		return build.Task(name).Resource("notify").Arguments(object("to", "{% $customer %}", "text", text))
	}
	notifyDeclined := notify("NotifyDeclined", "{% 'Order ' & $order.id & ' is not paid: ' & $error.Cause %}").Then(declined)
	notifyPaid := notify("NotifyPaid", "{% 'Order ' & $order.id & ' is paid: ' & $formatNumber($receipt.amount, '0.0') & ' ' & $receipt.currency & '.' %}").
		Output("{% $receipt %}")
	pay := build.Task("Pay").Resource("pay").Arguments("{% $order %}").TimeoutSeconds(30).
		Assign(map[string]string{"receipt": "{% $states.result %}"}).
		Retry(build.RetryOn("BankBusy", asl.StatesTimeout).IntervalSeconds(1).BackoffRate(2).MaxAttempts(3)).
		Catch(build.CatchOn("CardDeclined").Assign(map[string]string{"error": "{% $states.errorOutput %}"}).Then(notifyDeclined)).
		Then(notifyPaid)
	process := build.Task("Process").Resource("process").Arguments("{% $states.input %}").
		Assign(map[string]string{"customer": "{% $states.input.customer %}", "order": "{% $states.result %}"}).
		Then(pay)
	return build.Machine(process).Comment(orderComment).QueryLanguage(asl.JSONata)
}

const shopComment = "Check out a basket: who spends more than 1000 pays a tenth less."

func shop() *build.StateMachine {
	checkout := build.Pass("Checkout").
		Parameters(json.RawMessage(`{"customer.$": "$.customer", "total.$": "$.total", "lines.$": "States.ArrayLength($.lines)"}`))
	discount := build.Task("Discount").Resource("discount").
		Parameters(object("total.$", "$.total", "percent", 10)).ResultPath("$.total").Then(checkout)
	isLarge := build.Choice("IsLarge").
		When(build.Compare("$.total", build.NumericGreaterThan, 1000), discount).
		Default(checkout)
	return build.Machine(build.Task("Sum").Resource("sum").InputPath("$.lines").ResultPath("$.total").Then(isLarge)).Comment(shopComment)
}

func shopInJSONata() *build.StateMachine {
	checkout := build.Pass("Checkout").Output(struct {
		Customer string `json:"customer"`
		Total    string `json:"total"`
		Lines    string `json:"lines"`
	}{"{% $states.input.customer %}", "{% $total %}", "{% $count($states.input.lines) %}"})
	total := map[string]string{"total": "{% $states.result %}"}
	discount := build.Task("Discount").Resource("discount").
		Arguments(object("total", "{% $total %}", "percent", 10)).Assign(total).Output("{% $states.input %}").Then(checkout)
	isLarge := build.Choice("IsLarge").When(build.Condition("{% $total > 1000 %}"), discount).Default(checkout)
	sum := build.Task("Sum").Resource("sum").Arguments("{% $states.input.lines %}").
		Assign(total).Output("{% $states.input %}").Then(isLarge)
	return build.Machine(sum).Comment(shopComment).QueryLanguage(asl.JSONata)
}

func game() *build.StateMachine {
	score := build.Task("UpdateScore").Resource("score").
		Retry(build.RetryOn("Conflict").IntervalSeconds(1).MaxAttempts(2)).
		Catch(build.CatchOn(asl.StatesAll).Then(build.Pass("ScoreLater").Result("score: later")))
	reward := build.Task("GiveReward").Resource("reward").
		Catch(build.CatchOn("NoReward").Then(build.Pass("NoReward").Result("reward: none")))
	friends := build.Task("TellFriends").Resource("friends").TimeoutSeconds(5).
		Catch(build.CatchOn(asl.StatesTimeout).Then(build.Pass("FriendsSleep").Result("friends: asleep")))
	return build.Machine(build.Parallel("LevelCompleted", build.Branch(score), build.Branch(reward), build.Branch(friends))).
		Comment("A level is completed: three updates at a time, each with its own way out when it fails.")
}

func saga() *build.StateMachine {
	failed := build.Fail("Failed").Error("TripNotBooked").CausePath("$.error.Cause")
	cancel := func(name, input string, then build.State) *build.TaskState {
		return build.Task(name).Resource("cancel").InputPath(input).ResultPath(build.Null).
			Retry(build.RetryOn(asl.StatesAll).MaxAttempts(5)).Then(then)
	}
	book := func(name, resource, result string, undo, then build.State) *build.TaskState {
		return build.Task(name).Resource(resource).ResultPath(result).
			Catch(build.CatchOn(asl.StatesAll).ResultPath("$.error").Then(undo)).Then(then)
	}
	cancelFlight := cancel("CancelFlight", "$.flight", failed)
	cancelHotel := cancel("CancelHotel", "$.hotel", cancelFlight)
	car := book("BookCar", "book-car", "$.car", cancelHotel, build.Succeed("Booked"))
	hotel := book("BookHotel", "book-hotel", "$.hotel", cancelFlight, car)
	return build.Machine(book("BookFlight", "book-flight", "$.flight", failed, hotel)).
		Comment("Book a flight, a hotel and a car. Where one fails, what was booked before is cancelled, the latest first.")
}

func report() *build.StateMachine {
	sum := build.Task("Sum").Resource("sum").Arguments("{% $states.input.Items %}")
	batches := build.Map("SumBatches", build.Branch(sum)).Distributed(asl.Express).
		ItemReader(build.ItemReader{
			Resource: "arn:aws:states:::s3:listObjectsV2", InputType: "CSV", CSVHeaderLocation: "FIRST_ROW", Transformation: "LOAD_AND_FLATTEN",
			Arguments: object("Bucket", "{% $states.input.bucket %}", "Prefix", "{% $states.input.prefix %}"),
		}).
		ItemSelector(object("month", "{% $substring($states.context.Map.Item.Value.day, 0, 7) %}",
			"amount", "{% $number($states.context.Map.Item.Value.amount) %}")).
		ItemBatcher(build.ItemBatcher{MaxItemsPerBatch: 5}).MaxConcurrency(4).
		Then(build.Task("Merge").Resource("merge"))
	return build.Machine(batches).Comment("Sums the sales of a folder of CSV files by month").QueryLanguage(asl.JSONata)
}

func durable() *build.StateMachine {
	ship := build.Task("Ship").Resource("ship").ResultPath("$.parcel")
	pay := build.Task("Pay").Resource("pay").ResultPath("$.receipt").Then(build.Wait("Cooldown").Seconds(1).Then(ship))
	return build.Machine(build.Task("Reserve").Resource("reserve").ResultPath("$.shelf").Then(pay)).
		Comment("Reserve an item, take the money, give the customer a moment to cancel, ship.")
}

func approve() *build.StateMachine {
	answered := build.Choice("IsApproved").
		When(build.Compare("$.answer.approved", build.BooleanEquals, true), build.Task("Pay").Resource("pay")).
		Default(build.Fail("Refused").Error("Refused").CausePath("States.Format('{} said no', $.answer.by)"))
	nobody := build.Fail("NobodyAnswered").Error("Refused").Cause("nobody answered")
	return build.Machine(build.Task("Approve").Resource("approve").TimeoutSeconds(259200).ResultPath("$.answer").
		Catch(build.CatchOn(asl.StatesTimeout).ResultPath(build.Null).Then(nobody)).Then(answered)).
		Comment("Ask a person about an expense. Who does not answer within three days says no.")
}

// The definitions of the examples, by the files that have them.
var examples = map[string]func() *build.StateMachine{
	"order/order.asl.json":         order,
	"order/order.jsonata.asl.json": orderInJSONata,
	"shop/shop.asl.json":           shop,
	"shop/shop.jsonata.asl.json":   shopInJSONata,
	"approve/approve.asl.json":     approve,
	"game/game.asl.json":           game,
	"saga/saga.asl.json":           saga,
	"report/report.asl.json":       report,
	"durable/durable.asl.json":     durable,
}

// dropCompiled removes compiled expressions, which have functions: these are never
// equal. Their text stays.
func dropCompiled(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			dropCompiled(v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			dropCompiled(v.Index(i))
		}
	case reflect.Struct:
		if x, ok := v.Interface().(asl.Expression); ok {
			v.Set(reflect.ValueOf(asl.Expression{Text: x.Text}))
			return
		}
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				dropCompiled(v.Field(i))
			}
		}
	}
}

func readExample(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "examples", filepath.FromSlash(name)))
	require.NoError(t, err)
	return text
}

// The builder gives the JSON that asl fmt makes of a definition, and the tree that
// Parse makes of that JSON, with its positions.
func TestExamplesAreTheSameAsTheirJSON(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("..", "..", "examples", "*", "*.asl.json"))
	require.NoError(t, err)
	require.Len(t, examples, len(files), "an example has no rebuilt definition here")
	for name, made := range examples {
		t.Run(name, func(t *testing.T) {
			want, err := asl.Format(readExample(t, name))
			require.NoError(t, err)
			got, err := made().JSON()
			require.NoError(t, err)
			require.JSONEq(t, string(want), string(got))

			parsed, err := asl.Parse(want)
			require.NoError(t, err)
			canonical, err := asl.Marshal(parsed)
			require.NoError(t, err)
			built, err := made().AST()
			require.NoError(t, err)
			again, err := asl.Marshal(built)
			require.NoError(t, err)
			require.Equal(t, string(canonical), string(again))

			formatted, err := asl.Format(got)
			require.NoError(t, err)
			require.Equal(t, string(got), string(formatted), "asl fmt changes nothing")
			parsed, err = asl.Parse(got)
			require.NoError(t, err)
			dropCompiled(reflect.ValueOf(parsed))
			dropCompiled(reflect.ValueOf(built))
			require.Equal(t, parsed, built)
		})
	}
}

// A machine from Go runs as the one from JSON: the same history and the same picture.
func TestExamplesRunAsTheirJSON(t *testing.T) {
	run := func(t *testing.T, definition []byte, input string, scripts ...asltest.Option) (events []byte, picture string) {
		t.Helper()
		x := asltest.Run(t, asltest.Compile(t, string(definition)), input, scripts...)
		x.WantStatus(x.Status()) // which its events assert
		m, err := asl.Parse(definition)
		require.NoError(t, err)
		g := graph.New(m)
		g.AddHistory(slices.Values(x.Events()))
		return x.HistoryJSON(), string(g.SVG())
	}
	declined := []asltest.Option{
		asltest.On("Process").Return(`{"id": "o-1"}`),
		asltest.On("Pay").Throw("BankBusy", "").Then().Throw("CardDeclined", "no money"),
		asltest.OnResource("notify").Return(`null`),
	}
	large := []asltest.Option{asltest.On("Sum").Return(`1200`), asltest.On("Discount").Return(`1080`)}
	for name, c := range map[string]struct {
		input   string
		scripts []asltest.Option
	}{
		"order/order.asl.json":         {`{"customer": "ada"}`, declined},
		"order/order.jsonata.asl.json": {`{"customer": "ada"}`, declined},
		"shop/shop.asl.json":           {`{"customer": "ada", "lines": [1, 2]}`, large},
		"shop/shop.jsonata.asl.json":   {`{"customer": "ada", "lines": [1, 2]}`, large},
	} {
		t.Run(name, func(t *testing.T) {
			built, err := examples[name]().JSON()
			require.NoError(t, err)
			want, drawn := run(t, readExample(t, name), c.input, c.scripts...)
			got, picture := run(t, built, c.input, c.scripts...)
			require.Equal(t, string(want), string(got))
			require.Contains(t, string(got), `"type":"LambdaFunctionScheduled"`)
			require.Equal(t, drawn, picture)
		})
	}
}
