//! The tray's menu as a desktop sees it: over the session bus (com.canonical.dbusmenu). No desktop need show it.

use std::time::Duration;

use holdfast_testkit::{Desktop, PATIENCE, eventually_async};
use zbus::Connection;
use zbus::zvariant::{OwnedValue, Value};

const ITEMS: &str = "/org/ayatana/NotificationItem";
const MENU: &str = "com.canonical.dbusmenu";

/// An item of a menu as the bus has it: number, properties, items below.
type Item = (i32, std::collections::HashMap<String, OwnedValue>, Vec<OwnedValue>);

/// The menu of the one app of a desktop.
pub(crate) struct TrayMenu {
    bus: Connection,
    owner: String,
    path: String,
}

impl TrayMenu {
    /// Looks for it until it is there.
    pub(crate) async fn of(desktop: &Desktop) -> Self {
        let bus = zbus::connection::Builder::address(desktop.bus_address()).unwrap();
        let bus = bus.method_timeout(Duration::from_secs(5)).build().await.unwrap();
        let (owner, path) = eventually_async("a menu in the tray", PATIENCE, async || find(&bus).await).await;
        Self { bus, owner, path }
    }

    /// The items: id, label, whether it can be chosen. Those of submenus, too.
    pub(crate) async fn items(&self) -> Vec<(i32, String, bool)> {
        let none: Vec<&str> = Vec::new();
        let answer = self.call("GetLayout", &(0_i32, -1_i32, none)).await;
        let (_, root): (u32, Item) = answer.body().deserialize().unwrap();
        let mut found = Vec::new();
        for child in &root.2 {
            collect(child, &mut found);
        }
        found
    }

    /// Chooses the item with this label, once it is there and can be chosen.
    pub(crate) async fn choose(&self, label: &str) {
        let id = eventually_async(label, PATIENCE, async || {
            let items = self.items().await;
            items.into_iter().find(|(_, text, enabled)| text == label && *enabled).map(|(id, ..)| id)
        })
        .await;
        self.call("Event", &(id, "clicked", Value::from(0_i32), 0_u32)).await;
    }

    async fn call<B>(&self, method: &str, body: &B) -> zbus::Message
    where
        B: serde::Serialize + zbus::zvariant::DynamicType,
    {
        let (owner, path) = (self.owner.as_str(), self.path.as_str());
        self.bus.call_method(Some(owner), path, Some(MENU), method, body).await.unwrap()
    }
}

/// Asks everyone on the bus.
async fn find(bus: &Connection) -> Option<(String, String)> {
    let names = zbus::fdo::DBusProxy::new(bus).await.ok()?.list_names().await.ok()?;
    for name in names.iter().filter(|name| name.as_str().starts_with(':')) {
        let proxy =
            zbus::fdo::IntrospectableProxy::builder(bus).destination(name.as_str()).ok()?.path(ITEMS).ok()?;
        let Ok(proxy) = proxy.build().await else { continue };
        let Ok(xml) = proxy.introspect().await else { continue };
        let node = xml.split("<node name=\"").nth(1).and_then(|rest| rest.split('"').next());
        if let Some(node) = node {
            return Some((name.to_string(), format!("{ITEMS}/{node}/Menu")));
        }
    }
    None
}

fn collect(value: &Value<'_>, found: &mut Vec<(i32, String, bool)>) {
    if let Value::Value(inner) = value {
        return collect(inner, found);
    }
    let Value::Structure(item) = value else { return };
    let [Value::I32(id), Value::Dict(properties), Value::Array(children)] = item.fields() else { return };
    let (mut label, mut enabled) = (String::new(), true);
    for (name, property) in properties.iter() {
        let property = if let Value::Value(inner) = property { inner } else { property };
        match (name, property) {
            (Value::Str(name), Value::Str(text)) if name.as_str() == "label" => label = text.to_string(),
            (Value::Str(name), Value::Bool(on)) if name.as_str() == "enabled" => enabled = *on,
            _ => {}
        }
    }
    found.push((*id, label, enabled));
    for child in children.iter() {
        collect(child, found);
    }
}
