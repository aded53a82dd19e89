package service

import (
	"database/sql"
	"errors"
	"os"
	"strconv"

	_ "github.com/mattn/go-sqlite3" // the driver
)

// ErrNoItem says that there is no such item.
var ErrNoItem = errors.New("no item")

// NewItem is an item without its number.
type NewItem struct {
	Name       string `json:"name" binding:"required" validate:"required"`
	Quantity   int64  `json:"quantity"`
	PriceCents int64  `json:"price_cents"`
}

// Item is one row.
type Item struct {
	ID         int64  `json:"id"`
	Name       string `json:"name"`
	Quantity   int64  `json:"quantity"`
	PriceCents int64  `json:"price_cents"`
}

// Items is the table of items in SQLite.
type Items struct {
	find *sql.Stmt
	add  *sql.Stmt
}

// OpenItems opens the database of the environment.
func OpenItems() (*Items, error) {
	options := "?_journal_mode=WAL&_synchronous=NORMAL&_busy_timeout=10000"
	database, err := sql.Open("sqlite3", "file:"+os.Getenv("GRID_DB")+options)
	if err != nil {
		return nil, err
	}
	database.SetMaxOpenConns(4)
	database.SetMaxIdleConns(4)
	find, err := database.Prepare("SELECT id, name, quantity, price_cents FROM items WHERE id = ?")
	if err != nil {
		return nil, err
	}
	add, err := database.Prepare("INSERT INTO items (name, quantity, price_cents) VALUES (?, ?, ?)")
	if err != nil {
		return nil, err
	}
	return &Items{find, add}, nil
}

// Find returns one item, or ErrNoItem.
func (items *Items) Find(number string) (*Item, error) {
	id, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		return nil, ErrNoItem
	}
	var item Item
	err = items.find.QueryRow(id).Scan(&item.ID, &item.Name, &item.Quantity, &item.PriceCents)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrNoItem
	}
	if err != nil {
		return nil, err
	}
	return &item, nil
}

// Add inserts an item.
func (items *Items) Add(item *NewItem) (*Item, error) {
	done, err := items.add.Exec(item.Name, item.Quantity, item.PriceCents)
	if err != nil {
		return nil, err
	}
	id, err := done.LastInsertId()
	if err != nil {
		return nil, err
	}
	return &Item{id, item.Name, item.Quantity, item.PriceCents}, nil
}
