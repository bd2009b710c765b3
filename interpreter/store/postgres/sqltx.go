package postgres

import (
	"context"
	"database/sql"
	"errors"
	"reflect"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/gostates/gostates/interpreter/store"
)

// textTypes are the types of arrays by that of a slice.
var textTypes = map[reflect.Type]uint32{
	reflect.TypeFor[[][16]byte]():  pgtype.UUIDArrayOID,
	reflect.TypeFor[[]*[16]byte](): pgtype.UUIDArrayOID,
	reflect.TypeFor[[]int64]():     pgtype.Int8ArrayOID,
	reflect.TypeFor[[]*int64]():    pgtype.Int8ArrayOID,
	reflect.TypeFor[[]int32]():     pgtype.Int4ArrayOID,
	reflect.TypeFor[[]int16]():     pgtype.Int2ArrayOID,
	reflect.TypeFor[[]bool]():      pgtype.BoolArrayOID,
	reflect.TypeFor[[]string]():    pgtype.TextArrayOID,
	reflect.TypeFor[[]*string]():   pgtype.TextArrayOID,
	reflect.TypeFor[[][]byte]():    pgtype.ByteaArrayOID,
}

// textArguments returns the arguments of commitQuery as strings, which all drivers can
// send.
func (g *group) textArguments() ([]any, error) {
	types := pgtype.NewMap()
	arguments := g.arguments()
	for i, value := range arguments {
		encoded, err := types.Encode(textTypes[reflect.TypeOf(value)], pgx.TextFormatCode, value, nil)
		if err != nil {
			return nil, err
		}
		arguments[i] = string(encoded)
	}
	return arguments, nil
}

// commitSavepoint runs commitQuery, and undoes it if it fails.
func (s *Store) commitSavepoint(ctx context.Context, tx *sql.Tx, g *group) error {
	arguments, err := g.textArguments()
	if err != nil {
		return err
	}
	return inSavepoint(ctx, tx, func() error { return s.commitSQL(ctx, tx, g, arguments) })
}

// inSavepoint undoes what f has done if it fails.
func inSavepoint(ctx context.Context, tx *sql.Tx, f func() error) error {
	if _, err := tx.ExecContext(ctx, "SAVEPOINT gostates_commit"); err != nil {
		return err
	}
	if err := f(); err != nil {
		_, undoErr := tx.ExecContext(context.WithoutCancel(ctx), "ROLLBACK TO SAVEPOINT gostates_commit")
		return errors.Join(err, undoErr)
	}
	_, err := tx.ExecContext(ctx, "RELEASE SAVEPOINT gostates_commit")
	return err
}

func (s *Store) commitSQL(ctx context.Context, tx *sql.Tx, g *group, arguments []any) error {
	rows, err := tx.QueryContext(ctx, s.queries.commit[g.shape], arguments...)
	if err != nil {
		return err
	}
	defer rows.Close()
	var refused refusals
	for rows.Next() {
		var id, durability, notified any
		var outcome int
		if err := rows.Scan(&id, &outcome, &durability, &notified); err != nil {
			return err
		}
		refused.addOutcome(g.ids[0], outcome)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	return refused.toError()
}

// PostSQLTx is [Store.PostTx] for a transaction of database/sql.
func (s *Store) PostSQLTx(ctx context.Context, tx *sql.Tx, post store.Post) error {
	event := post.Event
	if event == nil {
		event = []byte{}
	}
	var notified, durability any
	err := tx.QueryRowContext(ctx, s.queries.post, post.ID.String(), event).Scan(&notified, &durability)
	if errors.Is(err, sql.ErrNoRows) {
		err = store.ErrNotFound
	}
	return describeError("post", err)
}
