package main

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
)

// printDisk prints the bytes of pages that n executions take in the database of a store
// that is closed.
func printDisk(dir string, n int) error {
	db, err := sql.Open("sqlite", filepath.Join(dir, "executions.db"))
	if err != nil {
		return err
	}
	defer db.Close()
	var payload, records float64
	ctx := context.Background()
	err = db.QueryRowContext(ctx, "SELECT total(payload) FROM dbstat WHERE name = 'gostates_records'").Scan(&payload)
	if err != nil {
		return err
	}
	if err := db.QueryRowContext(ctx, "SELECT total(length(record)) FROM gostates_records").Scan(&records); err != nil {
		return err
	}
	rows, err := db.QueryContext(ctx, "SELECT name, sum(pgsize) FROM dbstat GROUP BY name ORDER BY sum(pgsize) DESC")
	if err != nil {
		return err
	}
	defer rows.Close()
	var tables string
	var total, history float64
	for rows.Next() {
		var name string
		var size float64
		if err := rows.Scan(&name, &size); err != nil {
			return err
		}
		total += size
		if name == "gostates_records" { // their room in pages is that of their payload
			history = size * records / payload
		}
		if each := size / float64(n); each >= 1 {
			tables += fmt.Sprintf("  %-30s %.0f\n", name, each)
		}
	}
	fmt.Printf("disk:                  %.0f bytes each, %.0f without the records of their history; bytes of pages each:\n%s",
		total/float64(n), (total-history)/float64(n), tables)
	return rows.Err()
}
