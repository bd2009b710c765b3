package parquet_test

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	goparquet "github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress"
	"github.com/stretchr/testify/require"

	"github.com/gostates/gostates/interpreter/itemreader"
	"github.com/gostates/gostates/interpreter/objects"
	"github.com/gostates/gostates/interpreter/objects/parquet"
	"github.com/gostates/gostates/value"
)

type point struct {
	Z int32  `parquet:"z"`
	A string `parquet:"a"`
}

type row struct {
	ID     int64            `parquet:"id"`
	Name   string           `parquet:"name"`
	Ratio  *float64         `parquet:"ratio,optional"`
	Tags   []string         `parquet:"tags,list"`
	Point  point            `parquet:"point"`
	Points []point          `parquet:"points,list"`
	Map    map[string]int64 `parquet:"map"`
	Time   time.Time        `parquet:"time,timestamp(millisecond)"`
	Date   int32            `parquet:"date,date"`
	Price  int64            `parquet:"price,decimal(2:10)"`
	Open   bool             `parquet:"open"`
}

func file(t *testing.T, n int, options ...goparquet.WriterOption) []byte {
	var b bytes.Buffer
	w := goparquet.NewGenericWriter[row](&b, options...)
	ratio := 1.5
	for i := range n {
		r := row{ID: int64(i), Name: "n", Date: 20000, Price: 12345, Time: time.UnixMilli(1790204286123)}
		if i == 0 {
			r.Ratio, r.Tags, r.Point, r.Points = &ratio, []string{"p", "q"}, point{1, "b"}, []point{{2, "c"}}
			r.Map, r.Open = map[string]int64{"y": 2, "x": 1}, true
		}
		_, err := w.Write([]row{r})
		require.NoError(t, err)
		if i%5 == 4 {
			require.NoError(t, w.Flush()) // a row group
		}
	}
	require.NoError(t, w.Close())
	return b.Bytes()
}

func open(t *testing.T, body []byte, cursor []byte) itemreader.Items {
	store := objects.Memory("b")
	store.Set("b", "k", body)
	r := &itemreader.ObjectReader{Objects: store, Formats: map[string]itemreader.Format{"PARQUET": parquet.Format{}}}
	items, err := r.Open(t.Context(), &itemreader.Request{
		Resource:  "arn:aws:states:::s3:getObject",
		Arguments: value.ObjectOf(value.Member{Key: "Bucket", Value: "b"}, value.Member{Key: "Key", Value: "k"}),
		Config:    itemreader.Config{InputType: "PARQUET"},
		Cursor:    cursor,
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, items.Close()) })
	return items
}

func TestRowsAreObjectsInTheOrderOfTheColumns(t *testing.T) {
	for _, codec := range []compress.Codec{&goparquet.Uncompressed, &goparquet.Snappy, &goparquet.Gzip, &goparquet.Zstd} {
		chunk, err := open(t, file(t, 2, goparquet.Compression(codec)), nil).Next(10, 1<<20)
		require.NoError(t, err)
		require.True(t, chunk.End)
		require.Equal(t, "s3://b/k", chunk.Source)
		require.Len(t, chunk.Items, 2)
		require.Equal(t, `{"id":0,"name":"n","ratio":1.5,"tags":["p","q"],"point":{"z":1,"a":"b"},"points":[{"z":2,"a":"c"}],`+
			`"map":{"x":1,"y":2},"time":1790204286123,"date":20000,"price":123.45,"open":true}`, value.String(chunk.Items[0]), codec)
		require.Equal(t, `{"id":1,"name":"n","ratio":null,"tags":[],"point":{"z":0,"a":""},"points":[],`+
			`"map":{},"time":1790204286123,"date":20000,"price":123.45,"open":false}`, value.String(chunk.Items[1]), codec)
	}
}

func TestReadingContinuesAtEachCursor(t *testing.T) {
	const n = 23
	body := file(t, n)
	var cursor []byte
	for i := range n {
		chunk, err := open(t, body, cursor).Next(1, 1)
		require.NoError(t, err)
		require.Len(t, chunk.Items, 1)
		id, _ := chunk.Items[0].(*value.Object).Get("id")
		require.Equal(t, int64(i), id)
		require.Equal(t, i == n-1, chunk.End)
		cursor = chunk.Cursor
	}
	chunk, err := open(t, body, cursor).Next(1, 1)
	require.NoError(t, err)
	require.Empty(t, chunk.Items)
	require.True(t, chunk.End)
}

func TestFilesWithoutRowsHaveNoItems(t *testing.T) {
	chunk, err := open(t, file(t, 0), nil).Next(1, 1)
	require.NoError(t, err)
	require.Empty(t, chunk.Items)
	require.True(t, chunk.End)
}

func TestDamagedFilesFail(t *testing.T) {
	for body, want := range map[string]string{
		"":                         "States.ItemReaderFailed: parquet: not a Parquet file: it is too short",
		"hello, world":             "States.ItemReaderFailed: parquet: not a Parquet file: it does not end with PAR1",
		"PAR1\xff\xff\xff\x7fPAR1": "States.ItemReaderFailed: parquet: the footer has 2147483647 bytes, more than the limit of 5242880",
	} {
		_, err := open(t, []byte(body), nil).Next(1, 1)
		require.EqualError(t, err, want)
	}
	body := file(t, 20)
	for at := 0; at < len(body); at += 13 { // no damage panics
		damaged := bytes.Clone(body)
		damaged[at] ^= 0x55
		items := open(t, damaged, nil)
		for range 3 {
			if _, err := items.Next(10, 1<<20); err != nil {
				require.Contains(t, fmt.Sprint(err), "States.ItemReaderFailed: ")
				break
			}
		}
	}
}
