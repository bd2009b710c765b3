package bench

import (
	"fmt"
	"strings"
)

// order1K is an order of about 1 KB as JSON.
var order1K = func() string {
	var lines []string
	for i := range 8 {
		lines = append(lines, fmt.Sprintf(`{"sku": "sku-%04d", "name": "A thing of some kind, number %d", "quantity": %d, "price": %d.25, "gift": %t}`,
			i, i, i+1, 10*i, i%2 == 0))
	}
	return `{"id": "order-1", "customer": {"id": 4711, "name": "Ada Lovelace", "mail": "ada@example.com"}, "total": 1234.5, "paid": false, "lines": [` +
		strings.Join(lines, ", ") + `]}`
}()
