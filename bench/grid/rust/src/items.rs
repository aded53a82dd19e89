//! The items in SQLite: a few connections, each used by one blocking thread at a time.

use std::sync::Mutex;

use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};

const CONNECTIONS: usize = 4;

#[derive(Deserialize)]
pub struct NewItem {
    name: String,
    quantity: i64,
    price_cents: i64,
}

#[derive(Serialize)]
pub struct Item {
    id: i64,
    name: String,
    quantity: i64,
    price_cents: i64,
}

pub struct Items {
    path: String,
    idle: Mutex<Vec<Connection>>,
}

impl Items {
    pub fn open(path: &str) -> rusqlite::Result<Self> {
        let items = Self {
            path: path.to_owned(),
            idle: Mutex::default(),
        };
        for _ in 0..CONNECTIONS {
            let one = items.connect()?;
            items.idle.lock().expect("no panics while held").push(one);
        }
        Ok(items)
    }

    fn connect(&self) -> rusqlite::Result<Connection> {
        let connection = Connection::open(&self.path)?;
        connection.busy_timeout(std::time::Duration::from_secs(10))?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        Ok(connection)
    }

    fn with<T>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        let idle = self.idle.lock().expect("no panics while held").pop();
        let connection = match idle {
            Some(connection) => connection,
            None => self.connect()?,
        };
        let done = work(&connection);
        let mut idle = self.idle.lock().expect("no panics while held");
        if idle.len() < CONNECTIONS {
            idle.push(connection);
        }
        done
    }

    pub fn find(&self, number: i64) -> rusqlite::Result<Option<Item>> {
        self.with(|connection| {
            connection
                .prepare_cached("SELECT id, name, quantity, price_cents FROM items WHERE id = ?")?
                .query_row([number], |row| {
                    Ok(Item {
                        id: row.get(0)?,
                        name: row.get(1)?,
                        quantity: row.get(2)?,
                        price_cents: row.get(3)?,
                    })
                })
                .optional()
        })
    }

    pub fn add(&self, new: NewItem) -> rusqlite::Result<Item> {
        self.with(|connection| {
            let id = connection
                .prepare_cached("INSERT INTO items (name, quantity, price_cents) VALUES (?, ?, ?)")?
                .insert(params![new.name, new.quantity, new.price_cents])?;
            Ok(Item {
                id,
                name: new.name,
                quantity: new.quantity,
                price_cents: new.price_cents,
            })
        })
    }
}
