//! The tray as a desktop sees it, over the session bus: its icon (org.kde.StatusNotifierItem) and its menu
//! (com.canonical.dbusmenu). No real desktop is needed: a [`TrayHost`] plays the part of one.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use holdfast_testkit::{Desktop, PATIENCE, eventually_async};
use zbus::Connection;
use zbus::zvariant::{OwnedValue, Value};

const ITEMS: &str = "/org/ayatana/NotificationItem";
const ITEM: &str = "org.kde.StatusNotifierItem";
const MENU: &str = "com.canonical.dbusmenu";
const PROPERTIES: &str = "org.freedesktop.DBus.Properties";

/// An item of a menu as the bus has it: number, properties, items below.
type Item = (i32, std::collections::HashMap<String, OwnedValue>, Vec<OwnedValue>);

/// The part of a desktop that shows the icons of apps, and the icons that apps registered.
#[derive(Clone, Default)]
pub(crate) struct TrayHost(Arc<Mutex<Vec<String>>>);

/// As much of it as apps ask for.
#[zbus::interface(name = "org.kde.StatusNotifierWatcher")]
impl TrayHost {
    fn register_status_notifier_item(&self, item: String) {
        self.0.lock().unwrap().push(item);
    }

    #[zbus(property(emits_changed_signal = "const"))]
    fn is_status_notifier_host_registered(&self) -> bool {
        true
    }
}

impl TrayHost {
    /// Plays the desktop's part on its bus while the connection lives.
    pub(crate) async fn on(desktop: &Desktop) -> (Self, Connection) {
        let host = Self::default();
        let bus = zbus::connection::Builder::address(desktop.bus_address()).unwrap();
        let bus = bus.name("org.kde.StatusNotifierWatcher").unwrap();
        let bus = bus.serve_at("/StatusNotifierWatcher", host.clone()).unwrap();
        (host, bus.build().await.unwrap())
    }

    /// Waits until an app has asked for its icon to be shown.
    pub(crate) async fn wait_for_an_icon(&self) {
        let told = async || (!self.0.lock().unwrap().is_empty()).then_some(());
        eventually_async("an icon for the tray", PATIENCE, told).await;
    }
}

/// The icon and the menu of the one app of a desktop.
pub(crate) struct TrayMenu {
    bus: Connection,
    owner: String,
    item: String,
}

impl TrayMenu {
    /// Looks for it until it exists.
    pub(crate) async fn of(desktop: &Desktop) -> Self {
        let bus = zbus::connection::Builder::address(desktop.bus_address()).unwrap();
        let bus = bus.method_timeout(Duration::from_secs(5)).build().await.unwrap();
        let (owner, item) = eventually_async("a menu in the tray", PATIENCE, async || find(&bus).await).await;
        Self { bus, owner, item }
    }

    /// The items, also those of submenus: id, label, whether it can be chosen.
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
        let id = self.wait_for(label).await;
        self.call("Event", &(id, "clicked", Value::from(0_i32), 0_u32)).await;
    }

    /// The same for the item that ends the app, which may be gone before it answers.
    pub(crate) async fn quit(&self) {
        let id = self.wait_for("Quit").await;
        let _ = self.ask("Event", &(id, "clicked", Value::from(0_i32), 0_u32)).await;
    }

    /// Waits until the item with this label is there and can be chosen, and returns its id.
    pub(crate) async fn wait_for(&self, label: &str) -> i32 {
        eventually_async(label, PATIENCE, async || {
            let items = self.items().await;
            items.into_iter().find(|(_, text, enabled)| text == label && *enabled).map(|(id, ..)| id)
        })
        .await
    }

    /// The picture of the icon, as in its file. `None` while it is being replaced.
    pub(crate) async fn picture(&self) -> Option<Vec<u8>> {
        let (owner, item) = (self.owner.as_str(), self.item.as_str());
        let wanted = (ITEM, "IconName");
        let answer = self.bus.call_method(Some(owner), item, Some(PROPERTIES), "Get", &wanted).await.unwrap();
        let name: OwnedValue = answer.body().deserialize().unwrap();
        std::fs::read(String::try_from(name).unwrap()).ok()
    }

    async fn call<B>(&self, method: &str, body: &B) -> zbus::Message
    where
        B: serde::Serialize + zbus::zvariant::DynamicType,
    {
        self.ask(method, body).await.unwrap()
    }

    async fn ask<B>(&self, method: &str, body: &B) -> zbus::Result<zbus::Message>
    where
        B: serde::Serialize + zbus::zvariant::DynamicType,
    {
        let (owner, path) = (self.owner.as_str(), format!("{}/Menu", self.item));
        self.bus.call_method(Some(owner), path.as_str(), Some(MENU), method, body).await
    }
}

/// Asks everyone on the bus. Returns the owner of the icon, and where it is.
async fn find(bus: &Connection) -> Option<(String, String)> {
    let names = zbus::fdo::DBusProxy::new(bus).await.ok()?.list_names().await.ok()?;
    for name in names.iter().filter(|name| name.as_str().starts_with(':')) {
        let proxy =
            zbus::fdo::IntrospectableProxy::builder(bus).destination(name.as_str()).ok()?.path(ITEMS).ok()?;
        let Ok(proxy) = proxy.build().await else { continue };
        let Ok(xml) = proxy.introspect().await else { continue };
        let node = xml.split("<node name=\"").nth(1).and_then(|rest| rest.split('"').next());
        if let Some(node) = node {
            return Some((name.to_string(), format!("{ITEMS}/{node}")));
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
