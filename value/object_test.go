package value_test

import (
	"encoding/json"
	"fmt"
	"strconv"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/value"
)

func TestObjectOfManySizes(t *testing.T) {
	for n := range 40 {
		o := value.NewObject(n)
		for i := range n {
			o.Set("k"+strconv.Itoa(i), int64(i))
		}
		checkObject(t, o, n)
		checkObject(t, o.Clone(), n)
		checkObject(t, o.With("k"+strconv.Itoa(n), int64(n)), n+1)
		if n > 0 {
			checkObject(t, o.With("k0", int64(0)), n)
			checkObject(t, o.Without("k"+strconv.Itoa(n-1)), n-1)
		}
		require.Same(t, o, o.Without("absent"))
	}
}

func checkObject(t *testing.T, o *value.Object, n int) {
	t.Helper()
	require.Equal(t, n, o.Len())
	keys := make([]string, n)
	for i := range n {
		keys[i] = "k" + strconv.Itoa(i)
		require.Equal(t, value.Member{Key: keys[i], Value: int64(i)}, o.At(i))
		for range 3 { // the third look-up has an index
			require.Equal(t, i, o.Index(keys[i]))
		}
		v, ok := o.Get(keys[i])
		require.True(t, ok)
		require.Equal(t, int64(i), v)
	}
	require.Equal(t, keys, o.Keys())
	next := 0
	for key, v := range o.All() {
		require.Equal(t, keys[next], key)
		require.Equal(t, int64(next), v)
		next++
	}
	require.Equal(t, n, next)
}

func TestWithAndWithoutLeaveTheOriginal(t *testing.T) {
	o := value.ObjectOf(
		value.Member{Key: "a", Value: int64(1)},
		value.Member{Key: "b", Value: int64(2)},
		value.Member{Key: "c", Value: int64(3)},
	)
	size := value.Size(o)
	require.Equal(t, `{"a":1,"b":20,"c":3}`, value.String(o.With("b", int64(20))))
	require.Equal(t, `{"a":1,"b":2,"c":3,"d":4}`, value.String(o.With("d", int64(4))))
	require.Equal(t, `{"a":1,"c":3}`, value.String(o.Without("b")))
	require.Equal(t, `{"a":1,"b":2,"c":3}`, value.String(o))
	require.Equal(t, size, value.Size(o))
	require.Equal(t, size+1, value.Size(o.With("b", int64(20))))
	require.Equal(t, size-len(`"b":2,`), value.Size(o.Without("b")))
}

func TestNilAndZeroObjectsAreEmpty(t *testing.T) {
	var zero value.Object
	for _, o := range []*value.Object{nil, &zero, value.NewObject(0), value.NewObject(-1)} {
		require.Zero(t, o.Len())
		require.False(t, o.Has("a"))
		require.Empty(t, o.Keys())
		for range o.All() {
			t.Fatal("a member")
		}
		require.Equal(t, `{"a":1}`, value.String(o.With("a", int64(1))))
		require.Equal(t, o, o.Without("a"))
		require.Equal(t, `{}`, value.String(o.Clone()))
		require.Equal(t, 2, value.Size(o))
	}
	zero.Set("a", true)
	require.Equal(t, `{"a":true}`, value.String(&zero))
}

func TestAllStopsWhenAsked(t *testing.T) {
	n := 0
	for range object(5).All() {
		n++
		break
	}
	require.Equal(t, 1, n)
}

func TestSetKeepsTheIndexOfALargeObject(t *testing.T) {
	o := object(100)
	require.Equal(t, 50, o.Index("key50"))
	require.Equal(t, 50, o.Index("key50"))
	o.Set("new", int64(1))
	o.Set("key3", "changed")
	require.Equal(t, 100, o.Index("new"))
	v, _ := o.Get("key3")
	require.Equal(t, "changed", v)
	require.Equal(t, -1, o.Index("absent"))
	c := o.Without("key0")
	require.Equal(t, 99, c.Index("new"))
	require.Equal(t, 100, o.Index("new"))
}

func TestObjectOfJoinsRepeatedKeys(t *testing.T) {
	o := value.ObjectOf(
		value.Member{Key: "a", Value: int64(1)},
		value.Member{Key: "b", Value: int64(2)},
		value.Member{Key: "a", Value: int64(3)},
	)
	require.Equal(t, `{"a":3,"b":2}`, value.String(o))
}

func TestObjectInEncodingJSON(t *testing.T) {
	type holder struct {
		Pointer *value.Object
		Struct  value.Object
	}
	text := `{"Pointer":{"z":1,"a":[1.0]},"Struct":{"y":2,"b":null}}`
	var h holder
	require.NoError(t, json.Unmarshal([]byte(text), &h))
	require.Equal(t, []string{"z", "a"}, h.Pointer.Keys())
	out, err := json.Marshal(&h)
	require.NoError(t, err)
	require.Equal(t, text, string(out))

	h.Struct.Set("c", value.Size(&h.Struct)) // measured before it is read again
	require.NoError(t, json.Unmarshal([]byte(`{"Pointer":null,"Struct":null}`), &h))
	require.Nil(t, h.Pointer)
	require.Equal(t, 3, h.Struct.Len(), "null changes nothing")
	require.NoError(t, json.Unmarshal([]byte(`{"Struct":{}}`), &h))
	require.Equal(t, 2, value.Size(&h.Struct))
	require.ErrorContains(t, json.Unmarshal([]byte(`{"Struct":[1]}`), &h), "the value is array, not an object")
	require.Error(t, new(value.Object).UnmarshalJSON([]byte(`{`)))
}

func TestConcurrentReads(t *testing.T) {
	large := object(200)
	v := value.ObjectOf(value.Member{Key: "large", Value: large}, value.Member{Key: "text", Value: document})
	want := value.String(v)
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := range 200 {
				key := "key" + strconv.Itoa((i+g)%200)
				if at := large.Index(key); large.At(at).Key != key {
					t.Error(key)
				}
				if value.Size(v) != len(want) || large.With(key, nil).Len() != 200 {
					t.Error("size")
				}
			}
			if value.String(v) != want || !value.Equal(v, v.Clone()) {
				t.Error("text")
			}
		}()
	}
	wg.Wait()
}

func TestWithAllocatesOnce(t *testing.T) {
	o := object(5)
	require.Equal(t, 1.0, testing.AllocsPerRun(100, func() { o.With("key2", nil) }))
	require.Equal(t, 1.0, testing.AllocsPerRun(100, func() { o.With("new", nil) }))
	require.Equal(t, 0.0, testing.AllocsPerRun(100, func() { o.Get("key2") }))
	require.Equal(t, 0.0, testing.AllocsPerRun(100, func() { value.Size(o) }))
}

// Add makes the object that Set makes of new keys, whatever the object was before.
func TestAddIsSetOfANewKey(t *testing.T) {
	for _, before := range []func(o *value.Object){
		func(*value.Object) {},
		func(o *value.Object) { value.Size(o) },
		func(o *value.Object) { o.Remember(`{ }`) },
		func(o *value.Object) {
			for i := range 40 { // it has an index afterwards
				o.Set(fmt.Sprint("k", i), int64(i))
			}
			o.Get("k1")
			o.Get("k1")
		},
	} {
		added, set := value.NewObject(1), value.NewObject(1)
		before(added)
		before(set)
		for i := range 20 {
			key := fmt.Sprint("new", i)
			added.Add(key, int64(i))
			set.Set(key, int64(i))
			v, ok := added.Get(key)
			require.True(t, ok)
			require.Equal(t, int64(i), v)
		}
		require.Equal(t, value.String(set), value.String(added))
		require.Equal(t, value.Size(set), value.Size(added))
		_, ok := value.Verbatim(added)
		require.False(t, ok)
	}
}
